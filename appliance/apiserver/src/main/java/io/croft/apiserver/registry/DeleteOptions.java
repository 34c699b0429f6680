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
    return new DeleteOptions(
        preconditions.path("uid").asText(""),
        preconditions.path("resourceVersion").asText(""),
        !json.path("dryRun").isEmpty());
  }

  public DeleteOptions asDryRun() {
    return new DeleteOptions(uid, resourceVersion, true);
  }
}
