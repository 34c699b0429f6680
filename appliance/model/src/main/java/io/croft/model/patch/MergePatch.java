package io.croft.model.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;

/// JSON Merge Patch, RFC 7386: objects are merged, null removes, everything else replaces.
public final class MergePatch {
  private MergePatch() {}

  /// The document after the patch; neither argument is changed or shared with the answer.
  public static JsonNode apply(JsonNode document, JsonNode patch) {
    if (!(patch instanceof ObjectNode changes)) {
      return patch.deepCopy();
    }
    ObjectNode merged = Json.object();
    if (document instanceof ObjectNode object) {
      for (var field : object.properties()) {
        if (!changes.has(field.getKey())) {
          merged.set(field.getKey(), field.getValue().deepCopy());
        } else if (!changes.get(field.getKey()).isNull()) {
          merged.set(field.getKey(), apply(field.getValue(), changes.get(field.getKey())));
        }
      }
    }
    for (var change : changes.properties()) {
      if (!change.getValue().isNull() && !merged.has(change.getKey())) {
        merged.set(change.getKey(), apply(NullNode.instance, change.getValue()));
      }
    }
    return merged;
  }

  /// The smallest patch that turns `from` into `to`. A null inside an object of `to` cannot be
  /// expressed: applying the patch leaves that field out.
  public static JsonNode diff(JsonNode from, JsonNode to) {
    if (!(from instanceof ObjectNode before) || !(to instanceof ObjectNode after)) {
      return to.deepCopy();
    }
    ObjectNode patch = Json.object();
    for (var field : before.properties()) {
      if (!after.has(field.getKey())) {
        patch.putNull(field.getKey());
      }
    }
    for (var field : after.properties()) {
      JsonNode old = before.get(field.getKey());
      if (old == null) {
        patch.set(field.getKey(), field.getValue().deepCopy());
      } else if (!Json.same(old, field.getValue())) {
        patch.set(field.getKey(), diff(old, field.getValue()));
      }
    }
    return patch;
  }
}
