package io.croft.security.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Compiles the CEL expressions of an `AuthenticationConfiguration`. A port: whoever owns CEL
/// stands above this package.
public interface ClaimExpressions {
  /// An expression over `claims`.
  Expression ofClaims(String source) throws ExpressionException;

  /// An expression over `user`, with the fields of `authentication.k8s.io/v1` `UserInfo`.
  Expression ofUser(String source) throws ExpressionException;

  /// A compiled expression. Thread-safe.
  interface Expression {
    boolean isBoolean();

    /// Whether the expression looks at a field of its variable.
    boolean selects(String field);

    /// @param over the value of the variable
    /// @throws ExpressionException when there is no value, or it would be too dear
    JsonNode evaluate(ObjectNode over) throws ExpressionException;
  }

  /// The message says why, without any value of a claim.
  final class ExpressionException extends Exception {
    public ExpressionException(String message) {
      super(message);
    }
  }
}
