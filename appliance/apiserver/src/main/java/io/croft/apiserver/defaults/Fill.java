package io.croft.apiserver.defaults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;

/// Fills in what is absent. Nulls have been removed before.
final class Fill {
  private Fill() {}

  static void text(ObjectNode object, String field, String value) {
    if (object.path(field).asText("").isEmpty()) {
      object.put(field, value);
    }
  }

  static void number(ObjectNode object, String field, int value) {
    value(object, field, IntNode.valueOf(value));
  }

  /// For numbers that Go takes for absent when they are zero.
  static void numberUnlessZero(ObjectNode object, String field, int value) {
    if (object.path(field).asLong(0) == 0) {
      object.put(field, value);
    }
  }

  static void flag(ObjectNode object, String field, boolean value) {
    if (!object.has(field)) {
      object.put(field, value);
    }
  }

  /// A number or a share.
  static void share(ObjectNode object, String field, String value) {
    value(object, field, TextNode.valueOf(value));
  }

  private static void value(ObjectNode object, String field, JsonNode value) {
    if (!object.has(field)) {
      object.set(field, value);
    }
  }

  /// The object in a field; made when it is absent.
  static ObjectNode object(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode there ? there : parent.putObject(field);
  }

  /// The object at the end of a path; an empty one of nobody's when there is none.
  static ObjectNode existing(ObjectNode parent, String... path) {
    JsonNode node = parent;
    for (String step : path) {
      node = node.path(step);
    }
    return node instanceof ObjectNode there ? there : parent.objectNode();
  }

  static boolean has(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode;
  }

  /// The objects in a list.
  static List<ObjectNode> items(ObjectNode parent, String field) {
    var items = new ArrayList<ObjectNode>();
    if (parent.get(field) instanceof ArrayNode array) {
      for (JsonNode item : array) {
        if (item instanceof ObjectNode object) {
          items.add(object);
        }
      }
    }
    return items;
  }
}
