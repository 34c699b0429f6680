package io.croft.security.webhook;

import io.croft.security.oidc.ClaimExpressions.Expression;
import io.croft.security.oidc.ClaimExpressions.ExpressionException;

/// Compiles the CEL expressions of an `AuthorizationConfiguration`. A port: whoever owns CEL stands
/// above this package.
@FunctionalInterface
public interface ReviewExpressions {
  /// An expression over `request`, with the fields of a `SubjectAccessReview`'s `spec`.
  Expression ofRequest(String source) throws ExpressionException;
}
