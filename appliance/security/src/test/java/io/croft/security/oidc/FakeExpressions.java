package io.croft.security.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Expressions of the forms `claims.FIELD`, `claims.FIELD == true` and `user.FIELD == 'TEXT'`.
final class FakeExpressions implements ClaimExpressions {
  @Override
  public Expression ofClaims(String source) throws ExpressionException {
    return compile("claims", source);
  }

  @Override
  public Expression ofUser(String source) throws ExpressionException {
    return compile("user", source);
  }

  private static Expression compile(String variable, String source) throws ExpressionException {
    String[] sides = source.split(" == ", 2);
    if (!sides[0].startsWith(variable + ".")) {
      throw new ExpressionException("undeclared reference");
    }
    String field = sides[0].substring(variable.length() + 1);
    return new Expression() {
      @Override
      public boolean isBoolean() {
        return sides.length == 2;
      }

      @Override
      public boolean selects(String other) {
        return other.equals(field);
      }

      @Override
      public JsonNode evaluate(ObjectNode over) throws ExpressionException {
        if (!over.has(field)) {
          throw new ExpressionException("no such key: " + field);
        }
        JsonNode value = over.path(field);
        return isBoolean()
            ? BooleanNode.valueOf(value.asText().equals(sides[1].replace("'", "")))
            : value;
      }
    };
  }
}
