package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.Quantity;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Fills in defaults. A null where the schema allows none becomes the default or, without one, goes
/// away, so that manifests with left-over nulls are accepted as kube-apiserver accepts them.
final class Defaulter {
  private Defaulter() {}

  static void apply(JsonNode value, @Nullable SchemaNode schema) {
    if (schema == null) {
      return;
    }
    switch (value) {
      case ObjectNode object -> object(object, schema);
      case ArrayNode array -> array(array, schema.item());
      default -> {}
    }
  }

  private static void object(ObjectNode object, SchemaNode schema) {
    for (var fields = object.properties().iterator(); fields.hasNext(); ) {
      Map.Entry<String, JsonNode> field = fields.next();
      SchemaNode known = schema.property(field.getKey());
      if (known == null || !isMisplacedNull(field.getValue(), known)) {
        continue;
      }
      JsonNode standIn = standIn(known);
      if (standIn == null) {
        fields.remove();
      } else {
        field.setValue(standIn.deepCopy());
      }
    }
    for (var property : schema.properties().entrySet()) {
      JsonNode standIn = standIn(property.getValue().get());
      if (standIn != null && !object.has(property.getKey())) {
        object.set(property.getKey(), standIn.deepCopy());
      }
    }
    if (schema.dialect() == Dialect.OPEN_API) {
      requiredZeros(object, schema);
    }
    for (var field : object.properties()) {
      SchemaNode known = schema.property(field.getKey());
      if (known != null && known.format().equals(Formats.QUANTITY)) {
        field.setValue(canonicalQuantity(field.getValue()));
      } else {
        apply(field.getValue(), known);
      }
    }
  }

  /// Numbers and booleans that are always there are zero in Go when nobody has set them.
  private static void requiredZeros(ObjectNode object, SchemaNode schema) {
    for (String name : schema.constraints().required()) {
      SchemaNode known = object.has(name) ? null : schema.property(name);
      if (known == null || known.types().size() != 1) {
        continue;
      }
      switch (known.types().iterator().next()) {
        case "boolean" -> object.put(name, false);
        case "integer", "number" -> object.put(name, 0);
        default -> {} // nothing stands in for it
      }
    }
  }

  /// As Go writes it again after reading it: `1000m` is stored as `1`.
  private static JsonNode canonicalQuantity(JsonNode value) {
    try {
      return value.isValueNode() && !value.isNull()
          ? TextNode.valueOf(Quantity.parse(value.asText().strip()).toString())
          : value;
    } catch (IllegalArgumentException e) {
      return value; // refused by validation
    }
  }

  private static void array(ArrayNode array, @Nullable SchemaNode item) {
    JsonNode standIn = item == null ? null : standIn(item);
    for (int i = 0; i < array.size(); i++) {
      if (standIn != null && item != null && isMisplacedNull(array.get(i), item)) {
        array.set(i, standIn.deepCopy());
      }
      apply(array.get(i), item);
    }
  }

  /// The default, if it says more than nothing: the schemas of built-in kinds give `""`, 0 or `{}`,
  /// Go's zero values, as defaults of fields that are required.
  private static @Nullable JsonNode standIn(SchemaNode schema) {
    JsonNode value = schema.defaultValue();
    return value == null || (schema.dialect() == Dialect.OPEN_API && isZero(value)) ? null : value;
  }

  private static boolean isZero(JsonNode value) {
    return switch (value.getNodeType()) {
      case NUMBER -> value.decimalValue().signum() == 0;
      case STRING -> value.textValue().isEmpty();
      case BOOLEAN -> !value.booleanValue();
      case OBJECT, ARRAY -> value.isEmpty();
      default -> value.isNull();
    };
  }

  private static boolean isMisplacedNull(JsonNode value, SchemaNode schema) {
    boolean anyValue = schema.dialect() == Dialect.OPEN_API && schema.isOpen();
    return value.isNull() && !schema.nullable() && !anyValue;
  }
}
