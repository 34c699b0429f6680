package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.schema.Topology;
import io.croft.model.schema.Topology.Shape;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/// Lays an applied configuration over an object. Nothing is taken away; where both say something,
/// the configuration wins. The result shares parts with both.
final class Merging {
  private Merging() {}

  static ObjectNode objects(ObjectNode live, ObjectNode applied, Topology topology) {
    ObjectNode merged = Json.object();
    for (var field : live.properties()) {
      JsonNode change = applied.get(field.getKey());
      Topology part = topology.field(field.getKey());
      merged.set(
          field.getKey(),
          change == null || part == null
              ? field.getValue()
              : values(field.getValue(), change, part));
    }
    for (var field : applied.properties()) {
      if (!live.has(field.getKey())) {
        merged.set(field.getKey(), field.getValue());
      }
    }
    return merged;
  }

  private static JsonNode values(JsonNode live, JsonNode applied, Topology topology) {
    Shape shape = topology.shape(live);
    if (applied.isNull() && shape != Shape.LEAF && !live.isEmpty()) {
      return live; // says nothing about the parts
    }
    if (shape != topology.shape(applied)) {
      return applied;
    }
    return switch (shape) {
      case LEAF -> applied;
      case UNOWNED -> live;
      case FIELDS -> objects((ObjectNode) live, (ObjectNode) applied, topology);
      case KEYED_ITEMS, SET_ITEMS -> lists((ArrayNode) live, (ArrayNode) applied, topology);
    };
  }

  private static JsonNode lists(ArrayNode live, ArrayNode applied, Topology topology) {
    KeyedList before = KeyedList.of(live, topology);
    KeyedList changes = KeyedList.of(applied, topology);
    return before == null || changes == null
        ? applied
        : new Interleaving(live, before, changes, topology).run();
  }

  /// Items that only the object has keep their place among those that both have, which come in the
  /// configuration's order.
  private static final class Interleaving {
    private final ArrayNode live;
    private final KeyedList before;
    private final KeyedList changes;
    private final Topology topology;
    private final ArrayNode merged = Json.array();
    private final Set<PathElement> done = new HashSet<>();
    private final Queue<PathElement> shared = new ArrayDeque<>();

    Interleaving(ArrayNode live, KeyedList before, KeyedList changes, Topology topology) {
      this.live = live;
      this.before = before;
      this.changes = changes;
      this.topology = topology;
      changes.elements().stream().filter(before::has).forEach(shared::add);
    }

    ArrayNode run() {
      int l = 0;
      int r = 0;
      while (l < live.size() || r < changes.elements().size()) {
        PathElement left = l < live.size() ? before.elements().get(l) : null;
        PathElement right = r < changes.elements().size() ? changes.elements().get(r) : null;
        if (left != null && !changes.has(left)) {
          merged.add(live.get(l++));
        } else if (left != null && (done.contains(left) || !left.equals(shared.peek()))) {
          l++; // it stands, or will stand, where the configuration has it
        } else if (right != null) {
          take(right);
          r++;
          if (right.equals(left)) {
            l++;
          }
        }
      }
      return merged;
    }

    private void take(PathElement element) {
      JsonNode present = before.only(element);
      JsonNode change = changes.first(element);
      merged.add(present == null ? change : values(present, change, topology.item()));
      done.add(element);
      if (element.equals(shared.peek())) {
        shared.remove();
      }
    }
  }
}
