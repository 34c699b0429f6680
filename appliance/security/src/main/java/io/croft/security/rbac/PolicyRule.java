package io.croft.security.rbac;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.Quoted;
import io.croft.security.Attributes;
import io.croft.security.RequestInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// What a role allows: every verb on every resource, or path, that it lists. Immutable.
///
/// @param apiGroups `""` is core, `*` any
/// @param resources `pods`, `pods/log`, `*/scale` (that subresource of any), `*` (everything)
/// @param resourceNames names of objects; empty for any name, and for requests without one
/// @param nonResourceUrls paths; a `*` at the end stands for any continuation
public record PolicyRule(
    List<String> verbs,
    List<String> apiGroups,
    List<String> resources,
    List<String> resourceNames,
    List<String> nonResourceUrls) {
  private static final String ALL = "*";
  private static final List<String> ANY = List.of(ALL);

  /// What cluster-admin may do.
  static final List<PolicyRule> EVERYTHING =
      List.of(
          new PolicyRule(ANY, ANY, ANY, List.of(), List.of()),
          new PolicyRule(ANY, List.of(), List.of(), List.of(), ANY));

  public PolicyRule {
    verbs = List.copyOf(verbs);
    apiGroups = List.copyOf(apiGroups);
    resources = List.copyOf(resources);
    resourceNames = List.copyOf(resourceNames);
    nonResourceUrls = List.copyOf(nonResourceUrls);
  }

  /// The rules of a Role or ClusterRole; what is missing is empty.
  public static List<PolicyRule> listOf(JsonNode rules) {
    var list = new ArrayList<PolicyRule>();
    rules.forEach(rule -> list.add(of(rule)));
    return List.copyOf(list);
  }

  private static PolicyRule of(JsonNode rule) {
    return new PolicyRule(
        texts(rule.path("verbs")),
        texts(rule.path("apiGroups")),
        texts(rule.path("resources")),
        texts(rule.path("resourceNames")),
        texts(rule.path("nonResourceURLs")));
  }

  /// As it stands in a role.
  public ObjectNode toJson() {
    ObjectNode json = Json.object();
    put(json, "verbs", verbs);
    put(json, "apiGroups", apiGroups);
    put(json, "resources", resources);
    put(json, "resourceNames", resourceNames);
    put(json, "nonResourceURLs", nonResourceUrls);
    return json;
  }

  /// Whether it allows a request. Whom the role is bound to, and where, is not looked at.
  public boolean allows(Attributes attributes) {
    RequestInfo info = attributes.info();
    if (!has(verbs, info.verb())) {
      return false;
    }
    return info.resource()
        ? has(apiGroups, info.group())
            && coversResource(attributes.resourceWithSub())
            && matchesName(info.name())
        : nonResourceUrls.stream().anyMatch(url -> matchesUrl(url, info.path()));
  }

  /// Whether it includes a right.
  ///
  /// @param target one resource of one group, under at most one name; or one path
  boolean covers(String verb, PolicyRule target) {
    if (!has(verbs, verb)) {
      return false;
    }
    if (!target.nonResourceUrls.isEmpty()) {
      String path = target.nonResourceUrls.getFirst();
      return nonResourceUrls.stream().anyMatch(url -> matchesUrl(url, path));
    }
    return has(apiGroups, target.apiGroups.getFirst())
        && coversResource(target.resources.getFirst())
        && (resourceNames.isEmpty()
            || (!target.resourceNames.isEmpty()
                && resourceNames.containsAll(target.resourceNames)));
  }

  PolicyRule withVerbs(List<String> replacement) {
    return new PolicyRule(replacement, apiGroups, resources, resourceNames, nonResourceUrls);
  }

  PolicyRule withNames(List<String> replacement) {
    return new PolicyRule(verbs, apiGroups, resources, replacement, nonResourceUrls);
  }

  /// As kube-apiserver shows it in messages: `{APIGroups:["apps"], Resources:["deployments"],
  /// Verbs:["get" "list"]}`.
  String describe() {
    var parts = new ArrayList<String>();
    describe(parts, "APIGroups", apiGroups);
    describe(parts, "Resources", resources);
    describe(parts, "NonResourceURLs", nonResourceUrls);
    describe(parts, "ResourceNames", resourceNames);
    describe(parts, "Verbs", verbs);
    return "{" + String.join(", ", parts) + "}";
  }

  private static void describe(List<String> parts, String title, List<String> texts) {
    if (!texts.isEmpty()) {
      parts.add(
          title
              + ":"
              + texts.stream().map(Quoted::text).collect(Collectors.joining(" ", "[", "]")));
    }
  }

  /// @param resource such as `pods` or `pods/log`
  private boolean coversResource(String resource) {
    int slash = resource.indexOf('/');
    return has(resources, resource)
        || (slash >= 0 && resources.contains(ALL + resource.substring(slash)));
  }

  private boolean matchesName(String name) {
    return resourceNames.isEmpty() || resourceNames.contains(name);
  }

  private static boolean matchesUrl(String rule, String path) {
    if (!rule.endsWith(ALL)) {
      return rule.equals(path);
    }
    int prefix = rule.length();
    while (prefix > 0 && rule.charAt(prefix - 1) == '*') {
      prefix--;
    }
    return path.regionMatches(0, rule, 0, prefix);
  }

  private static boolean has(List<String> allowed, String wanted) {
    return allowed.contains(ALL) || allowed.contains(wanted);
  }

  private static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private static void put(ObjectNode json, String key, List<String> texts) {
    if (!texts.isEmpty()) {
      var array = json.putArray(key);
      texts.forEach(array::add);
    }
  }
}
