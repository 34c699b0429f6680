package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import io.croft.model.Json;
import io.croft.model.Quoted;
import java.math.BigDecimal;
import java.util.Locale;

/// The values that tell list items apart, ordered and written as kube-apiserver does, so that what
/// one server has recorded the other understands.
final class Scalars {
  private Scalars() {}

  /// Numbers by value, then texts, then booleans, then all else by its text.
  static int compare(JsonNode a, JsonNode b) {
    int rank = Integer.compare(rank(a), rank(b));
    if (rank != 0) {
      return rank;
    }
    return switch (a.getNodeType()) {
      case NUMBER ->
          a.isInt() && b.isInt()
              ? Integer.compare(a.intValue(), b.intValue())
              : a.decimalValue().compareTo(b.decimalValue());
      case STRING -> compare(a.textValue(), b.textValue());
      case BOOLEAN -> Boolean.compare(a.booleanValue(), b.booleanValue());
      default -> compare(Json.canonical(a), Json.canonical(b));
    };
  }

  private static int rank(JsonNode value) {
    return switch (value.getNodeType()) {
      case NUMBER -> 0;
      case STRING -> 1;
      case BOOLEAN -> 2;
      case ARRAY -> 3;
      case OBJECT -> 4;
      default -> 5;
    };
  }

  /// In the order of UTF-8 bytes, which differs from Java's where surrogates meet other characters.
  static int compare(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char c = a.charAt(i);
      char d = b.charAt(i);
      if (c != d) {
        return Character.isSurrogate(c) == Character.isSurrogate(d)
            ? Character.compare(c, d)
            : Boolean.compare(Character.isSurrogate(c), Character.isSurrogate(d));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /// JSON as Go writes it: also escapes what could be taken for HTML.
  static String json(JsonNode value) {
    if (value.isIntegralNumber()) {
      return value.bigIntegerValue().toString();
    }
    if (value.isNumber()) {
      BigDecimal plain = value.decimalValue().stripTrailingZeros();
      return plain.scale() <= 0 && plain.precision() - plain.scale() <= 21
          ? plain.toBigInteger().toString()
          : plain.toString().toLowerCase(Locale.ROOT);
    }
    String text = Json.text(value);
    return value.getNodeType() == JsonNodeType.STRING || value.isContainerNode()
        ? text.replace("<", "\\u003c")
            .replace(">", "\\u003e")
            .replace("&", "\\u0026")
            .replace("\u2028", "\\u2028")
            .replace("\u2029", "\\u2029")
        : text;
  }

  /// For people to read: texts quoted.
  static String shown(JsonNode value) {
    return value.isTextual() ? Quoted.text(value.textValue()) : json(value);
  }
}
