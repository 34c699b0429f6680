package io.croft.model.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The keys of a strategic merge patch that say what to do rather than what to set.
final class Directives {
  private static final String PATCH = "$patch";
  private static final String RETAIN_KEYS = "$retainKeys";
  private static final String DELETE_FROM = "$deleteFromPrimitiveList/";
  private static final String ORDER = "$setElementOrder/";

  /// What is to become of a value that the patch names.
  enum Action {
    MERGE,
    REPLACE,
    DELETE
  }

  private Directives() {}

  static boolean isDirective(String key) {
    return key.equals(PATCH)
        || key.equals(RETAIN_KEYS)
        || key.startsWith(DELETE_FROM)
        || key.startsWith(ORDER);
  }

  static boolean hasAction(JsonNode patch) {
    return patch.has(PATCH);
  }

  /// @throws PatchException when `$patch` is none of the three
  static Action action(JsonNode patch) {
    return switch (patch.path(PATCH).asText("merge")) {
      case "merge" -> Action.MERGE;
      case "replace" -> Action.REPLACE;
      case "delete" -> Action.DELETE;
      default ->
          throw PatchException.malformed(
              "unknown patch type: " + patch.get(PATCH) + " in map: " + Json.text(patch));
    };
  }

  /// The fields that `original` is reduced to before merging; all of its own when not limited.
  static Set<String> retained(ObjectNode patch, ObjectNode original) {
    var retained = new HashSet<String>();
    if (!patch.has(RETAIN_KEYS)) {
      original.fieldNames().forEachRemaining(retained::add);
      return retained;
    }
    list(patch, RETAIN_KEYS, "retainKeys").forEach(key -> retained.add(key.asText()));
    for (var field : patch.properties()) {
      boolean sets = !isDirective(field.getKey()) && !field.getValue().isNull();
      if (sets && !retained.contains(field.getKey())) {
        throw PatchException.malformed("invalid patch format of retainKeys");
      }
    }
    return retained;
  }

  /// The names of the lists that the patch takes scalars out of.
  static List<String> listsToDeleteFrom(ObjectNode patch) {
    return namesAfter(DELETE_FROM, patch);
  }

  static ArrayNode toDelete(ObjectNode patch, String list) {
    return list(patch, DELETE_FROM + list, "primitive list");
  }

  /// The names of the lists that the patch orders.
  static List<String> listsToOrder(ObjectNode patch) {
    return namesAfter(ORDER, patch);
  }

  static ArrayNode order(ObjectNode patch, String list) {
    return list(patch, ORDER + list, "setElementOrder list");
  }

  private static List<String> namesAfter(String prefix, ObjectNode patch) {
    var names = new ArrayList<String>();
    for (var field : patch.properties()) {
      if (field.getKey().startsWith(prefix)) {
        names.add(field.getKey().substring(prefix.length()));
      }
    }
    return names;
  }

  private static ArrayNode list(ObjectNode patch, String key, String what) {
    if (patch.get(key) instanceof ArrayNode list) {
      return list;
    }
    throw PatchException.malformed("invalid patch format of " + what);
  }

  /// A value of the patch as it is set where there was nothing to merge with: without directives,
  /// nulls and items to delete.
  static JsonNode clean(JsonNode value) {
    return switch (value) {
      case ObjectNode object -> {
        ObjectNode clean = Json.object();
        for (var field : object.properties()) {
          if (!isDirective(field.getKey()) && isKept(field.getValue())) {
            clean.set(field.getKey(), clean(field.getValue()));
          }
        }
        yield clean;
      }
      case ArrayNode array -> {
        ArrayNode clean = Json.array();
        for (JsonNode item : array) {
          if (!hasAction(item)) {
            clean.add(clean(item));
          }
        }
        yield clean;
      }
      default -> value;
    };
  }

  private static boolean isKept(JsonNode value) {
    return !value.isNull() && (!hasAction(value) || action(value) != Action.DELETE);
  }
}
