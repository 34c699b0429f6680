package io.croft.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.IOException;

/// One line of a watch.
///
/// @param object the object after the event, before it for `DELETED`; for `BOOKMARK` an object that
///   has only a resourceVersion; for `ERROR` a `Status`
public record WatchEvent(Type type, ApiObject object) {
  /// What happened.
  public enum Type {
    ADDED,
    MODIFIED,
    DELETED,
    /// Nothing, up to the resourceVersion that it carries.
    BOOKMARK,
    /// The watch ends here.
    ERROR
  }

  static WatchEvent parse(byte[] line) throws IOException {
    try {
      ObjectNode json = Json.parseObject(line);
      if (json.get("object") instanceof ObjectNode object) {
        return new WatchEvent(Type.valueOf(json.path("type").asText()), ApiObject.of(object));
      }
      throw new IOException("watch event without an object");
    } catch (MalformedJsonException | IllegalArgumentException e) {
      throw new IOException("malformed watch event: " + e.getMessage(), e);
    }
  }
}
