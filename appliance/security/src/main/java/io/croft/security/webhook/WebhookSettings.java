package io.croft.security.webhook;

import io.croft.security.oidc.ClaimExpressions.Expression;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// One authorizer elsewhere, as an `AuthorizationConfiguration` declares it; checked.
///
/// @param authorizedFor how long it is remembered that somebody may; zero for not at all
/// @param unauthorizedFor how long the contrary is remembered
/// @param timeout of an answer
/// @param denyOnFailure whether a request is refused when the authorizer cannot be asked; otherwise
///   the next one decides
/// @param kubeconfig where it is, and what it is shown
/// @param conditions all of which must hold for it to be asked
record WebhookSettings(
    String name,
    Duration authorizedFor,
    Duration unauthorizedFor,
    Duration timeout,
    boolean denyOnFailure,
    Path kubeconfig,
    List<Expression> conditions) {
  WebhookSettings {
    conditions = List.copyOf(conditions);
  }
}
