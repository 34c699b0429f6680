package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Set;

/// The types of JSON Schema. A number without a fraction, such as 1.0, is an integer too.
enum JsonType {
  OBJECT,
  ARRAY,
  STRING,
  BOOLEAN,
  INTEGER,
  NUMBER,
  NULL;

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static JsonType of(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> OBJECT;
      case ARRAY -> ARRAY;
      case STRING -> STRING;
      case BOOLEAN -> BOOLEAN;
      case NUMBER -> isInteger(value) ? INTEGER : NUMBER;
      default -> NULL;
    };
  }

  /// @param types empty for any
  static boolean allowed(Set<String> types, JsonNode value) {
    JsonType type = of(value);
    return types.isEmpty()
        || types.contains(type.text())
        || (type == INTEGER && types.contains("number"));
  }

  private static boolean isInteger(JsonNode value) {
    return value.isIntegralNumber() || value.decimalValue().stripTrailingZeros().scale() <= 0;
  }
}
