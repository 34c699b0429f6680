package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The part of an object that a write may touch.
///
/// @param only the one field, besides which object it is; null for everything
/// @param except the field that has an endpoint of its own; null when there is none
record Part(@Nullable String only, @Nullable String except) {
  private static final List<String> TYPE = List.of("apiVersion", "kind");
  private static final List<String> IDENTITY =
      List.of("name", "namespace", "uid", "resourceVersion");

  /// @param subresource empty for the object itself
  static Part of(ResourceType type, String subresource) {
    return switch (subresource) {
      case "" -> new Part(null, type.has("status") ? "status" : null);
      case "approval" -> new Part("status", null);
      case "ephemeralcontainers", "finalize", "resize" -> new Part("spec", null);
      default -> new Part(subresource, null);
    };
  }

  /// That part of an object, which is not changed.
  ObjectNode of(ObjectNode object) {
    ObjectNode part = Json.object();
    if (only == null) {
      part.setAll(object);
      if (except != null) {
        part.remove(except);
      }
      return part;
    }
    ObjectNode metadata = part.putObject("metadata");
    TYPE.forEach(field -> copy(object, part, field));
    IDENTITY.forEach(field -> copy(object.path("metadata"), metadata, field));
    copy(object, part, only);
    return part;
  }

  private static void copy(JsonNode from, ObjectNode to, String field) {
    JsonNode value = from.get(field);
    if (value != null) {
      to.set(field, value);
    }
  }
}
