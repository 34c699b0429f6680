package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.schema.Topology;
import io.croft.model.schema.Topology.Shape;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What has changed between two states of an object.
///
/// @param added fields that were not there before; a part that is new is in it with all its parts
/// @param modified leaves that were there and have another value
/// @param removed fields that are no longer there, with all their parts
record Comparison(FieldSet added, FieldSet modified, FieldSet removed) {

  static Comparison of(ObjectNode before, ObjectNode after, Topology topology) {
    var walk = new Walk();
    walk.objects(null, before, after, topology);
    return new Comparison(walk.added.build(), walk.modified.build(), walk.removed.build());
  }

  boolean same() {
    return added.isEmpty() && modified.isEmpty() && removed.isEmpty();
  }

  /// The fields that have got a value.
  FieldSet written() {
    return modified.union(added);
  }

  private static final class Walk {
    private final FieldSet.Builder added = new FieldSet.Builder();
    private final FieldSet.Builder modified = new FieldSet.Builder();
    private final FieldSet.Builder removed = new FieldSet.Builder();

    /// @param before null when there was nothing
    /// @param after null when there is nothing
    private void values(
        @Nullable FieldPath at,
        @Nullable JsonNode before,
        @Nullable JsonNode after,
        Topology topology) {
      if (FieldSet.identical(before, after)) {
        return;
      }
      Shape was = before == null ? Shape.LEAF : topology.shape(before);
      Shape is = after == null ? Shape.LEAF : topology.shape(after);
      if (was == Shape.UNOWNED || is == Shape.UNOWNED) {
        return;
      }
      boolean bothEmpty = isEmpty(before) && isEmpty(after);
      if (was == is && !bothEmpty && before != null && after != null) {
        parts(at, before, after, was, topology);
      } else if (bothEmpty || !(hasParts(before, was) || hasParts(after, is))) {
        leaf(at, before, after);
      } else {
        replaced(at, before, after, topology);
      }
    }

    private static boolean isEmpty(@Nullable JsonNode value) {
      return value == null || value.isNull() || (value.isContainerNode() && value.isEmpty());
    }

    private static boolean hasParts(@Nullable JsonNode value, Shape shape) {
      return value != null && shape != Shape.LEAF && !value.isEmpty();
    }

    private void leaf(@Nullable FieldPath at, @Nullable JsonNode before, @Nullable JsonNode after) {
      if (before == null) {
        added.add(at);
      } else if (after == null) {
        removed.add(at);
      } else if (!Json.same(before, after)) {
        modified.add(at);
      }
    }

    private void parts(
        @Nullable FieldPath at, JsonNode before, JsonNode after, Shape shape, Topology topology) {
      if (shape == Shape.FIELDS) {
        objects(at, (ObjectNode) before, (ObjectNode) after, topology);
      } else if (shape == Shape.LEAF) {
        leaf(at, before, after);
      } else {
        lists(at, (ArrayNode) before, (ArrayNode) after, topology);
      }
    }

    /// A value with parts has come, gone, or taken the place of something else.
    private void replaced(
        @Nullable FieldPath at,
        @Nullable JsonNode before,
        @Nullable JsonNode after,
        Topology topology) {
      if (before != null && hasParts(before, topology.shape(before))) {
        OwnedFields.addAll(at, before, topology, removed);
      }
      if (after != null && hasParts(after, topology.shape(after))) {
        OwnedFields.addAll(at, after, topology, added);
      }
      if (!isEmpty(before) && !isEmpty(after)) {
        modified.add(at);
      }
    }

    private void objects(
        @Nullable FieldPath at, ObjectNode before, ObjectNode after, Topology topology) {
      for (var field : before.properties()) {
        field(at, field.getKey(), field.getValue(), after.get(field.getKey()), topology);
      }
      for (var field : after.properties()) {
        if (!before.has(field.getKey())) {
          field(at, field.getKey(), null, field.getValue(), topology);
        }
      }
    }

    private void field(
        @Nullable FieldPath at,
        String name,
        @Nullable JsonNode before,
        @Nullable JsonNode after,
        Topology topology) {
      boolean same = before != null && before.isValueNode() && before.equals(after);
      Topology part = same ? null : topology.field(name);
      if (part == null) {
        return; // the same, or not of the schema: neither stored nor owned
      }
      boolean always = topology.isAlwaysThere(name);
      JsonNode was = before == null && always ? Json.object() : before;
      JsonNode is = after == null && always ? Json.object() : after;
      values(FieldPath.field(at, name), was, is, part);
    }

    private void lists(
        @Nullable FieldPath at, ArrayNode before, ArrayNode after, Topology topology) {
      KeyedList was = KeyedList.of(before, topology);
      KeyedList is = KeyedList.of(after, topology);
      if (was == null || is == null) {
        leaf(at, before, after);
        return;
      }
      var all = new TreeSet<>(was.items().keySet());
      all.addAll(is.items().keySet());
      for (PathElement element : all) {
        items(
            new FieldPath(at, element),
            was.items().getOrDefault(element, List.of()),
            is.items().getOrDefault(element, List.of()),
            topology.item());
      }
    }

    /// Duplicates are owned as one.
    private void items(
        FieldPath at, List<JsonNode> before, List<JsonNode> after, Topology topology) {
      boolean wereMany = before.size() > 1;
      boolean areMany = after.size() > 1;
      if (wereMany && areMany) {
        if (!Json.same(Json.array().addAll(before), Json.array().addAll(after))) {
          modified.add(at);
        }
        return;
      }
      JsonNode was = wereMany || before.isEmpty() ? null : before.getFirst();
      JsonNode is = areMany || after.isEmpty() ? null : after.getFirst();
      values(at, was, is, topology);
      if (wereMany) {
        removed.add(at);
      }
      if (areMany) {
        added.add(at);
      }
    }
  }
}
