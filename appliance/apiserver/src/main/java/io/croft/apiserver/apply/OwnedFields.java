package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.schema.Topology;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The fields that a value has.
final class OwnedFields {
  private final boolean containers;
  private final FieldSet.Builder target;

  /// @param containers whether everything with parts of its own is a field, too
  private OwnedFields(boolean containers, FieldSet.Builder target) {
    this.containers = containers;
    this.target = target;
  }

  /// What a client owns that applies a configuration: the leaves, the list items, and the keys of
  /// maps; of structures only those that are empty.
  static FieldSet of(ObjectNode configuration, Topology topology) {
    var target = new FieldSet.Builder();
    new OwnedFields(false, target).value(null, configuration, topology);
    return target.build();
  }

  /// Adds a value and all its parts, with everything in between.
  static void addAll(
      @Nullable FieldPath at, JsonNode value, Topology topology, FieldSet.Builder target) {
    new OwnedFields(true, target).value(at, value, topology);
  }

  private void value(@Nullable FieldPath at, JsonNode value, Topology topology) {
    switch (topology.shape(value)) {
      case UNOWNED -> {}
      case LEAF -> target.add(at);
      case FIELDS -> fields(at, (ObjectNode) value, topology);
      case KEYED_ITEMS, SET_ITEMS -> items(at, (ArrayNode) value, topology);
    }
  }

  private void fields(@Nullable FieldPath at, ObjectNode object, Topology topology) {
    if (containers) {
      target.add(at);
    }
    for (var field : object.properties()) {
      Topology part = topology.field(field.getKey());
      if (part == null) {
        continue;
      }
      FieldPath path = FieldPath.field(at, field.getKey());
      value(path, field.getValue(), part);
      boolean empty = field.getValue().isObject() && field.getValue().isEmpty();
      if (empty || !topology.names(field.getKey())) {
        target.add(path);
      }
    }
  }

  private void items(@Nullable FieldPath at, ArrayNode list, Topology topology) {
    KeyedList keyed = KeyedList.of(list, topology);
    if (containers || keyed == null) {
      target.add(at);
    }
    if (keyed == null) {
      return;
    }
    for (Map.Entry<PathElement, List<JsonNode>> item : keyed.items().entrySet()) {
      var path = new FieldPath(at, item.getKey());
      target.add(path);
      if (item.getValue().size() == 1) {
        value(path, item.getValue().getFirst(), topology.item());
      }
    }
  }
}
