package io.croft.apiserver.cel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.List;
import java.util.Map;

/// Makes trees of values that share nothing with those that the values were made from. All of them
/// together are bounded as a request's body is: one value may stand in many places. Used by one
/// thread.
final class JsonCopy {
  static final int MAX_BYTES = 3 << 20;

  /// What a value takes besides its text, roughly.
  private static final int OVERHEAD = 8;

  private final Meter meter = new Meter(CelBudget.forRules());
  private long left = MAX_BYTES;

  /// @throws CelException for a value that JSON does not know
  /// @throws CelCostException when it becomes too large or too deep
  JsonNode of(Object value) {
    return of(value, 1);
  }

  private JsonNode of(Object value, int depth) {
    checkDepth(depth);
    return switch (value) {
      case JsonMap map -> copy(map.node(), depth);
      case JsonList list -> copy(list.node(), depth);
      case List<?> list -> {
        take(OVERHEAD);
        ArrayNode array = Json.array();
        list.forEach(item -> array.add(of(item, depth + 1)));
        yield array;
      }
      case Map<?, ?> map -> object(map, depth);
      default -> copy(Values.toJson(value, meter), depth);
    };
  }

  private ObjectNode object(Map<?, ?> map, int depth) {
    take(OVERHEAD);
    ObjectNode object = Json.object();
    for (var entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String name)) {
        throw new CelException(
            "map key " + entry.getKey() + " is of type " + Types.nameOf(entry.getKey()));
      }
      take(name.length());
      object.set(name, of(entry.getValue(), depth + 1));
    }
    return object;
  }

  private JsonNode copy(JsonNode node, int depth) {
    weigh(node, depth);
    return node.deepCopy();
  }

  private void weigh(JsonNode node, int depth) {
    checkDepth(depth);
    take(OVERHEAD + (node.isTextual() ? node.textValue().length() : 0));
    if (node instanceof ObjectNode object) {
      for (var field : object.properties()) {
        take(field.getKey().length());
        weigh(field.getValue(), depth + 1);
      }
    } else {
      node.forEach(item -> weigh(item, depth + 1));
    }
  }

  private void take(int bytes) {
    left -= bytes;
    if (left < 0) {
      throw new CelCostException("the result is larger than " + MAX_BYTES + " bytes");
    }
  }

  private static void checkDepth(int depth) {
    if (depth > Json.MAX_DEPTH) {
      throw new CelCostException("the result nests deeper than " + Json.MAX_DEPTH + " levels");
    }
  }
}
