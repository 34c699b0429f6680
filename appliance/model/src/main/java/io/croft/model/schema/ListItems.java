package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The items of a list, told apart by their keys (`x-kubernetes-list-type: map`) or by their whole
/// value (`set`).
final class ListItems {
  private final List<String> keys;
  private final Map<String, JsonNode> byKey = new HashMap<>();

  private ListItems(List<String> keys) {
    this.keys = keys;
  }

  /// @param list null or no list: no items
  static ListItems of(@Nullable JsonNode list, SchemaNode schema) {
    boolean map = schema.extensions().listType().equals("map");
    var items = new ListItems(map ? schema.extensions().listMapKeys() : List.of());
    if (map && list instanceof ArrayNode array) {
      array.forEach(item -> items.byKey.putIfAbsent(Json.canonical(items.key(item)), item));
    }
    return items;
  }

  /// The item with the same key; null when there is none or the list's items have no keys.
  @Nullable JsonNode counterpart(JsonNode item) {
    return byKey.isEmpty() ? null : byKey.get(Json.canonical(key(item)));
  }

  private ObjectNode key(JsonNode item) {
    ObjectNode key = Json.object();
    for (String name : keys) {
      if (item.has(name)) {
        key.set(name, item.get(name));
      }
    }
    return key;
  }

  static void checkListType(SchemaNode schema, ArrayNode list, FieldPath path, FieldErrors errors) {
    switch (schema.extensions().listType()) {
      case "set" -> {
        for (int i : duplicates(list)) {
          errors.add(FieldError.duplicate(path.index(i).toString(), list.get(i)));
        }
      }
      case "map" -> {
        var items = new ListItems(schema.extensions().listMapKeys());
        ArrayNode keys = Json.array();
        list.forEach(item -> keys.add(items.key(item)));
        for (int i : duplicates(keys)) {
          errors.add(FieldError.duplicate(path.index(i).toString(), keys.get(i)));
        }
      }
      default -> {}
    }
  }

  /// The positions of the second occurrences, ascending; a third is not reported again.
  static List<Integer> duplicates(ArrayNode list) {
    var seen = new HashMap<String, Integer>();
    var duplicates = new ArrayList<Integer>();
    for (int i = 0; i < list.size(); i++) {
      if (seen.merge(Json.canonical(list.get(i)), 1, Integer::sum) == 2) {
        duplicates.add(i);
      }
    }
    return duplicates;
  }
}
