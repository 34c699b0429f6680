package io.croft.apiserver.cel;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What expressions that make patches give, as trees.
public final class PatchValues {
  private static final int MAX_SHOWN = 10;

  private PatchValues() {}

  /// An `Object` as the configuration that is to be applied.
  ///
  /// @throws CelException when types do not stand in the fields that they are named after, or
  ///   something has no form in JSON
  /// @throws CelCostException when it is too large
  public static ObjectNode configuration(Object value) {
    if (value instanceof StructValue object
        && object.typeName().equals(PatchTypes.OBJECT)
        && checked(object) instanceof ObjectNode configuration) {
      return configuration;
    }
    throw new CelException("unsupported return type: " + Types.nameOf(value));
  }

  private static Object checked(StructValue object) {
    checkTypes(object);
    return new JsonCopy().of(object);
  }

  /// A list of `JSONPatch` as a JSON patch.
  ///
  /// @throws CelException as `configuration`
  /// @throws CelCostException when it is too large
  public static ArrayNode operations(Object value) {
    if (!(value instanceof List<?> list)) {
      throw new CelException("unsupported return type: " + Types.nameOf(value));
    }
    var copy = new JsonCopy();
    ArrayNode operations = Json.array();
    for (Object item : list) {
      if (!(item instanceof StructValue operation)
          || !operation.typeName().equals(PatchTypes.JSON_PATCH)) {
        throw new CelException("unsupported element type: " + Types.nameOf(item));
      }
      if (operation.get("value") instanceof StructValue object) {
        checkTypes(object);
      }
      operations.add(copy.of(operation));
    }
    return operations;
  }

  /// The type checker takes any field, so that `Object.spec{template: Object.wrong{}}` comes here.
  private static void checkTypes(StructValue object) {
    var mismatches = new ArrayList<String>();
    checkTypes(object, object.typeName(), mismatches);
    if (!mismatches.isEmpty()) {
      throw new CelException("type mismatch: " + String.join("\n", mismatches));
    }
  }

  private static void checkTypes(Object value, String expected, List<String> mismatches) {
    if (mismatches.size() >= MAX_SHOWN) {
      return;
    }
    switch (value) {
      case StructValue object -> {
        if (!object.typeName().equals(expected)) {
          mismatches.add(
              "unexpected type name \"%s\", expected \"%s\", which matches field name path from root Object type"
                  .formatted(object.typeName(), expected));
        }
        for (var field : object.entrySet()) {
          checkTypes(field.getValue(), expected + "." + field.getKey(), mismatches);
        }
      }
      case JsonMap map -> {} // of the request
      case JsonList list -> {}
      case List<?> list -> list.forEach(item -> checkTypes(item, expected, mismatches));
      case Map<?, ?> map -> map.values().forEach(item -> checkTypes(item, expected, mismatches));
      default -> {}
    }
  }
}
