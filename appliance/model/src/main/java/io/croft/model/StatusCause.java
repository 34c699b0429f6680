package io.croft.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// One of the things that were wrong.
///
/// @param reason machine-readable, for example `FieldValueInvalid`
/// @param message for people
/// @param field path of the field, for example `spec.items[0].name`; may be empty
public record StatusCause(String reason, String message, String field) {
  static StatusCause parse(JsonNode json) {
    return new StatusCause(
        json.path("reason").asText(""),
        json.path("message").asText(""),
        json.path("field").asText(""));
  }

  ObjectNode toJson() {
    ObjectNode json = Json.object();
    Status.putText(json, "reason", reason);
    Status.putText(json, "message", message);
    Status.putText(json, "field", field);
    return json;
  }
}
