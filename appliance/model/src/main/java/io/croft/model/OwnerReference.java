package io.croft.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// An object that another belongs to: when the last owner goes, the dependent is collected.
///
/// @param controller whether this is the one owner that manages the dependent
/// @param blockOwnerDeletion whether foreground deletion of the owner waits for the dependent
public record OwnerReference(
    String apiVersion,
    String kind,
    String name,
    String uid,
    boolean controller,
    boolean blockOwnerDeletion) {
  /// Reads one item of `metadata.ownerReferences`; what is absent is empty or false.
  public static OwnerReference parse(JsonNode json) {
    return new OwnerReference(
        json.path("apiVersion").asText(""),
        json.path("kind").asText(""),
        json.path("name").asText(""),
        json.path("uid").asText(""),
        json.path("controller").asBoolean(false),
        json.path("blockOwnerDeletion").asBoolean(false));
  }

  public ObjectNode toJson() {
    ObjectNode json =
        Json.object()
            .put("apiVersion", apiVersion)
            .put("kind", kind)
            .put("name", name)
            .put("uid", uid);
    if (controller) {
      json.put("controller", true);
    }
    if (blockOwnerDeletion) {
      json.put("blockOwnerDeletion", true);
    }
    return json;
  }
}
