package io.croft.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.ApiObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Makes objects small that are kept for long: without what nobody reads, in maps of just the size
/// that is needed, and with the text that many objects have in common there once. Not thread-safe.
final class Compaction {
  /// What is shared are words, not documents.
  private static final int MAX_SHARED_CHARS = 64;

  /// Names and uids fill it, too; it then begins anew, and what is common is soon there again.
  private static final int MAX_SHARED = 4096;

  private final List<String[]> omitted;
  private final Map<String, TextNode> shared = new HashMap<>();

  /// @param omitted see [Selection#omitted]
  Compaction(List<String> omitted) {
    this.omitted = omitted.stream().map(field -> field.split("\\.")).toList();
  }

  /// @param object is taken over: what is left out of the result is taken out of it
  ApiObject compacted(ApiObject object) {
    omitted.forEach(field -> remove(object.json(), field));
    return ApiObject.of(object(object.json()));
  }

  private static void remove(JsonNode from, String[] field) {
    JsonNode parent = from;
    for (int i = 0; i < field.length - 1; i++) {
      parent = parent.path(field[i]);
    }
    if (parent instanceof ObjectNode object) {
      object.remove(field[field.length - 1]);
    }
  }

  private JsonNode value(JsonNode value) {
    return switch (value) {
      case ObjectNode object -> object(object);
      case ArrayNode array -> array(array);
      case TextNode text -> text(text);
      default -> value; // numbers and the like: small, most of them constants
    };
  }

  private ObjectNode object(ObjectNode object) {
    var fields = new LinkedHashMap<String, JsonNode>(object.size(), 1);
    object.properties().forEach(f -> fields.put(f.getKey(), value(f.getValue())));
    return new ObjectNode(JsonNodeFactory.instance, fields);
  }

  private ArrayNode array(ArrayNode array) {
    var items = new ArrayList<JsonNode>(array.size());
    array.forEach(item -> items.add(value(item)));
    return new ArrayNode(JsonNodeFactory.instance, items);
  }

  private TextNode text(TextNode text) {
    if (text.textValue().length() > MAX_SHARED_CHARS) {
      return text;
    }
    if (shared.size() >= MAX_SHARED) {
      shared.clear();
    }
    return shared.computeIfAbsent(text.textValue(), _ -> text);
  }
}
