package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.schema.Topology;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Takes fields away from an object. What loses all of its parts goes with them; an item that stays
/// keeps the fields that tell it apart. The result shares parts with the original.
final class Removal {
  private Removal() {}

  static ObjectNode from(ObjectNode object, FieldSet fields, Topology topology) {
    ObjectNode rest = Json.object();
    for (var field : object.properties()) {
      var element = new PathElement.Field(field.getKey());
      if (fields.has(element)) {
        continue;
      }
      JsonNode value =
          from(field.getValue(), fields.below(element), topology.field(field.getKey()));
      if (value != null) {
        rest.set(field.getKey(), value);
      }
    }
    return rest;
  }

  /// Null when nothing is left.
  private static @Nullable JsonNode from(
      JsonNode value, FieldSet fields, @Nullable Topology topology) {
    if (fields.isEmpty() || topology == null || value.isEmpty()) {
      return value;
    }
    JsonNode rest =
        switch (topology.shape(value)) {
          case LEAF, UNOWNED -> value;
          case FIELDS -> from((ObjectNode) value, fields, topology);
          case KEYED_ITEMS, SET_ITEMS -> from((ArrayNode) value, fields, topology);
        };
    return rest.isEmpty() ? null : rest;
  }

  private static ArrayNode from(ArrayNode list, FieldSet fields, Topology topology) {
    KeyedList keyed = KeyedList.of(list, topology);
    if (keyed == null) {
      return list;
    }
    ArrayNode rest = Json.array();
    for (int i = 0; i < list.size(); i++) {
      PathElement element = keyed.elements().get(i);
      if (!fields.has(element)) {
        rest.add(item(list.get(i), fields.below(element), topology));
      }
    }
    return rest;
  }

  private static JsonNode item(JsonNode item, FieldSet fields, Topology list) {
    if (fields.isEmpty() || !(item instanceof ObjectNode object)) {
      return item;
    }
    Topology topology = list.item();
    JsonNode rest = from(object, fields.minusDeep(keys(list.keys())), topology);
    return rest == null ? object : rest;
  }

  private static FieldSet keys(List<String> names) {
    var keys = new FieldSet.Builder();
    names.forEach(name -> keys.add(FieldPath.field(null, name)));
    return keys.build();
  }
}
