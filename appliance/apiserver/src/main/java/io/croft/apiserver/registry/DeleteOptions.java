package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.Statuses;

/// How an object is to be deleted.
///
/// @param uid when not empty, only an object with this uid is deleted
/// @param resourceVersion when not empty, only an object at this version is deleted
/// @param dryRun whether everything is done but the deleting
public record DeleteOptions(String uid, String resourceVersion, boolean dryRun) {
  /// Reads `meta/v1` `DeleteOptions`.
  ///
  /// @throws io.croft.model.StatusException 400 when it is something else
  public static DeleteOptions parse(JsonNode json) {
    String kind = json.path("kind").asText("DeleteOptions");
    if (!kind.equals("DeleteOptions")) {
      throw Statuses.badRequest("the body of a delete request must be DeleteOptions, not " + kind);
    }
    JsonNode preconditions = json.path("preconditions");
    if (!preconditions.isMissingNode() && !preconditions.isNull() && !preconditions.isObject()) {
      throw Statuses.badRequest("preconditions must be an object");
    }
    return new DeleteOptions(
        text(preconditions, "uid"), text(preconditions, "resourceVersion"), dryRun(json));
  }

  private static String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isMissingNode() && !value.isNull() && !value.isTextual()) {
      throw Statuses.badRequest("preconditions." + field + " must be a string");
    }
    return value.asText("");
  }

  private static boolean dryRun(JsonNode json) {
    JsonNode values = json.path("dryRun");
    boolean absent = values.isMissingNode() || values.isNull();
    if (!absent && !values.isArray()) {
      throw Statuses.badRequest("dryRun must be a list that holds nothing but All");
    }
    for (JsonNode value : values) {
      if (!value.asText("").equals("All")) {
        throw Statuses.badRequest("dryRun must be a list that holds nothing but All");
      }
    }
    return !values.isEmpty();
  }

  public DeleteOptions asDryRun() {
    return new DeleteOptions(uid, resourceVersion, true);
  }
}
