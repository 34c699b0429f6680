package io.croft.apiserver.discovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.aggregation.RemoteApi;
import java.util.HashMap;
import java.util.Map;

/// Tells of the resources of another server in the words of aggregated discovery.
final class RemoteResources {
  private RemoteResources() {}

  /// @param list the `APIResourceList` that the server tells of itself, not changed
  /// @param version is given what it says
  static void describe(ObjectNode list, RemoteApi api, ObjectNode version) {
    ArrayNode resources = version.putArray("resources");
    Map<String, ObjectNode> whole = new HashMap<>();
    for (JsonNode resource : list.path("resources")) {
      String name = resource.path("name").asText("");
      if (!name.contains("/")) {
        ObjectNode one = resources.addObject().put("resource", name);
        whole.put(name, one);
        one.set("responseKind", kind(resource, api));
        boolean namespaced = resource.path("namespaced").asBoolean(false);
        one.put("scope", namespaced ? "Namespaced" : "Cluster");
        one.put("singularResource", resource.path("singularName").asText(""));
        copy(resource, one, "verbs", "shortNames", "categories");
      }
    }
    for (JsonNode resource : list.path("resources")) {
      String[] parts = resource.path("name").asText("").split("/", 2);
      ObjectNode parent = whole.get(parts[0]);
      if (parts.length == 2 && parent != null) {
        ObjectNode one = parent.withArray("subresources").addObject();
        one.put("subresource", parts[1]).set("responseKind", kind(resource, api));
        copy(resource, one, "verbs");
      }
    }
  }

  private static ObjectNode kind(JsonNode resource, RemoteApi api) {
    ObjectNode kind = ((ObjectNode) resource).objectNode();
    kind.put("group", resource.path("group").asText(api.group()));
    kind.put("version", resource.path("version").asText(api.version()));
    return kind.put("kind", resource.path("kind").asText(""));
  }

  private static void copy(JsonNode from, ObjectNode to, String... fields) {
    for (String field : fields) {
      if (from.path(field).isArray()) {
        to.set(field, from.get(field).deepCopy());
      }
    }
  }
}
