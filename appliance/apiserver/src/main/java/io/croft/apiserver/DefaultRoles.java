package io.croft.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The cluster roles and bindings that every cluster has, read from `roles.txt`. Roles that others
/// are aggregated into are complete from the start.
final class DefaultRoles {
  private static final String API = "rbac.authorization.k8s.io";
  private static final String PATHS = "/PATHS:";
  private static final Map<String, List<String>> VERBS =
      Map.of(
          "READ", List.of("get", "list", "watch"),
          "CHANGE", List.of("create", "delete", "deletecollection", "patch", "update"));

  private final Map<String, ObjectNode> roles = new LinkedHashMap<>();
  private final List<ObjectNode> namespaced = new ArrayList<>();
  private final List<ObjectNode> bindings = new ArrayList<>();

  private DefaultRoles() {}

  static DefaultRoles load() {
    var defaults = new DefaultRoles();
    try (InputStream in = DefaultRoles.class.getResourceAsStream("roles.txt")) {
      if (in == null) {
        throw new IllegalStateException("roles.txt is missing from the module");
      }
      new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(defaults::line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (String target : List.of("view", "edit", "admin")) {
      defaults.aggregate(target);
    }
    return defaults;
  }

  /// `ClusterRole` objects.
  List<ObjectNode> roles() {
    return List.copyOf(roles.values());
  }

  /// `Role` objects.
  List<ObjectNode> namespacedRoles() {
    return List.copyOf(namespaced);
  }

  /// `ClusterRoleBinding` objects.
  List<ObjectNode> bindings() {
    return List.copyOf(bindings);
  }

  private ObjectNode last = Json.object();

  private void line(String line) {
    if (line.isBlank() || line.startsWith("#")) {
      return;
    }
    String[] words = line.strip().split(" +");
    switch (words[0]) {
      case "role" -> role(words);
      case "bind" -> bind(words);
      default -> rule(last.withArray("rules").addObject(), words);
    }
  }

  private void role(String[] words) {
    int slash = words[1].indexOf('/');
    if (slash >= 0) {
      last = named("Role", words[1].substring(slash + 1));
      last.withObject("/metadata").put("namespace", words[1].substring(0, slash));
      namespaced.add(last);
      return;
    }
    last = named("ClusterRole", words[1]);
    for (int i = 2; i < words.length; i++) {
      String label = label(words[i].substring(words[i].indexOf(':') + 1));
      if (words[i].startsWith("into:")) {
        last.withObject("/metadata/labels").put(label, "true");
      } else {
        last.withObject("/aggregationRule")
            .withArray("clusterRoleSelectors")
            .addObject()
            .putObject("matchLabels")
            .put(label, "true");
      }
    }
    last.putArray("rules");
    roles.put(words[1], last);
  }

  private static String label(String role) {
    return API + "/aggregate-to-" + role;
  }

  private static ObjectNode named(String kind, String name) {
    ObjectNode object = Json.object().put("apiVersion", API + "/v1").put("kind", kind);
    ObjectNode metadata = object.putObject("metadata").put("name", name);
    metadata.putObject("annotations").put("rbac.authorization.kubernetes.io/autoupdate", "true");
    metadata.putObject("labels").put("kubernetes.io/bootstrapping", "rbac-defaults");
    return object;
  }

  private static void rule(ObjectNode rule, String[] words) {
    ArrayNode verbs = rule.putArray("verbs");
    for (String verb : words[0].split(",")) {
      VERBS.getOrDefault(verb, List.of(verb)).forEach(verbs::add);
    }
    if (words[1].startsWith(PATHS)) {
      texts(rule.putArray("nonResourceURLs"), words[1].substring(PATHS.length()));
      return;
    }
    ArrayNode groups = rule.putArray("apiGroups");
    for (String group : words[1].split(",")) {
      groups.add(group.equals("core") ? "" : group);
    }
    texts(rule.putArray("resources"), words[2]);
    if (words.length > 3) {
      texts(rule.putArray("resourceNames"), words[3]);
    }
  }

  private static void texts(ArrayNode array, String joined) {
    for (String text : joined.split(",")) {
      array.add(text);
    }
  }

  private void bind(String[] words) {
    ObjectNode binding = named("ClusterRoleBinding", words[1]);
    binding
        .putObject("roleRef")
        .put("apiGroup", API)
        .put("kind", "ClusterRole")
        .put("name", words[1]);
    ArrayNode subjects = binding.putArray("subjects");
    for (int i = 2; i < words.length; i++) {
      String[] subject = words[i].split(":", 2);
      ObjectNode json = subjects.addObject().put("kind", subject[0]);
      if (subject[0].equals("ServiceAccount")) {
        String[] account = subject[1].split("/");
        json.put("name", account[1]).put("namespace", account[0]);
      } else {
        json.put("apiGroup", API).put("name", subject[1]);
      }
    }
    bindings.add(binding);
  }

  private void aggregate(String target) {
    ObjectNode role = roles.get(target);
    if (role == null) {
      throw new IllegalStateException("roles.txt has no role " + target);
    }
    for (ObjectNode other : roles.values()) {
      boolean part = other.path("metadata").path("labels").has(label(target));
      for (JsonNode rule : part ? other.path("rules") : Json.array()) {
        role.withArray("rules").add(rule.deepCopy());
      }
    }
  }
}
