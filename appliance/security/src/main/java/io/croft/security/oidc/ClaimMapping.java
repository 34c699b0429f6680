package io.croft.security.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.Json;
import io.croft.security.oidc.ClaimExpressions.Expression;
import io.croft.security.oidc.ClaimExpressions.ExpressionException;
import java.util.ArrayList;
import java.util.List;

/// Where a part of a user comes from.
sealed interface ClaimMapping {
  /// @param prefix put before each value
  record Claim(String name, String prefix) implements ClaimMapping {}

  record Computed(Expression expression) implements ClaimMapping {}

  /// Nothing is said.
  record None() implements ClaimMapping {}

  /// The one text of a part.
  ///
  /// @param what the part, for the message
  /// @throws ClaimException when there is none
  default String text(ObjectNode claims, String what) throws ClaimException {
    JsonNode value = value(claims, what);
    if (!value.isTextual()) {
      throw new ClaimException(what + " is not a string");
    }
    return value.textValue();
  }

  /// All texts of a part: those of a list, or a single one. Empty ones do not count.
  default List<String> texts(ObjectNode claims, String what) throws ClaimException {
    JsonNode value = value(claims, what);
    var texts = new ArrayList<String>();
    for (JsonNode item : value.isArray() ? value : List.of(value)) {
      if (item.isTextual() && !item.textValue().isEmpty()) {
        texts.add(item.textValue());
      } else if (!item.isTextual() && !(item.isNull() && !value.isArray())) {
        throw new ClaimException(what + " is neither a string nor a list of strings");
      }
    }
    return texts;
  }

  private JsonNode value(ObjectNode claims, String what) throws ClaimException {
    return switch (this) {
      case Claim(String name, String prefix) -> prefixed(claims.path(name), prefix);
      case None() -> NullNode.getInstance();
      case Computed(Expression expression) -> {
        try {
          yield expression.evaluate(claims);
        } catch (ExpressionException e) {
          throw new ClaimException(
              "the expression of " + what + " has no value: " + e.getMessage());
        }
      }
    };
  }

  private static JsonNode prefixed(JsonNode value, String prefix) {
    if (value.isMissingNode()) {
      return NullNode.getInstance();
    }
    if (value.isTextual()) {
      return TextNode.valueOf(prefix + value.textValue());
    }
    if (!value.isArray()) {
      return value;
    }
    var all = Json.array();
    value.forEach(item -> all.add(item.isTextual() ? prefixed(item, prefix) : item));
    return all;
  }

  /// A token's claims do not make a user. The message says why, without any value of a claim.
  final class ClaimException extends Exception {
    ClaimException(String message) {
      super(message, null, false, false);
    }
  }
}
