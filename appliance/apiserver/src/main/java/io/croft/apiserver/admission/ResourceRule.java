package io.croft.apiserver.admission;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/// What a webhook or a policy is about: which operations on which resources.
///
/// @param names of the objects; empty for all
record ResourceRule(
    List<String> operations,
    List<String> groups,
    List<String> versions,
    List<String> resources,
    List<String> names,
    String scope) {
  private static final String ANY = "*";

  static List<ResourceRule> all(JsonNode rules) {
    var all = new ArrayList<ResourceRule>();
    rules.forEach(rule -> all.add(of(rule)));
    return List.copyOf(all);
  }

  private static ResourceRule of(JsonNode json) {
    return new ResourceRule(
        texts(json.path("operations")),
        texts(json.path("apiGroups")),
        texts(json.path("apiVersions")),
        texts(json.path("resources")),
        texts(json.path("resourceNames")),
        json.path("scope").asText(ANY));
  }

  private static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    array.forEach(t -> texts.add(t.asText()));
    return List.copyOf(texts);
  }

  /// A request as rules see it.
  ///
  /// @param resource the plural name, with `/SUBRESOURCE` behind it if it is about one
  record Asked(
      String group,
      String version,
      String resource,
      String operation,
      String name,
      boolean namespaced) {}

  boolean matches(Asked asked) {
    return has(operations, asked.operation)
        && has(groups, asked.group)
        && has(versions, asked.version)
        && (scope.equals(ANY) || scope.equals(asked.namespaced ? "Namespaced" : "Cluster"))
        && (names.isEmpty() || names.contains(asked.name))
        && resources.stream().anyMatch(r -> matches(r, asked.resource));
  }

  private static boolean has(List<String> allowed, String wanted) {
    return allowed.contains(ANY) || allowed.contains(wanted);
  }

  /// `*` is every resource but no subresource, `*/*` is everything, `pods/*` pods with all of their
  /// subresources.
  private static boolean matches(String rule, String resource) {
    int ruleSlash = rule.indexOf('/');
    int slash = resource.indexOf('/');
    String whole = slash < 0 ? resource : resource.substring(0, slash);
    String part = slash < 0 ? "" : resource.substring(slash + 1);
    String wantedWhole = ruleSlash < 0 ? rule : rule.substring(0, ruleSlash);
    String wantedPart = ruleSlash < 0 ? "" : rule.substring(ruleSlash + 1);
    return (wantedWhole.equals(ANY) || wantedWhole.equals(whole))
        && (wantedPart.equals(ANY) || wantedPart.equals(part));
  }
}
