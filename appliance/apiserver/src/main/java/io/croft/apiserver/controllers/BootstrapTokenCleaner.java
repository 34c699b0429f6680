package io.croft.apiserver.controllers;

import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.security.token.BootstrapTokens;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// Deletes bootstrap tokens that have expired.
final class BootstrapTokenCleaner implements Reconciler {
  private final ApiClient client;
  private final InstantSource clock;

  BootstrapTokenCleaner(ApiClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found =
        client
            .find(TokenSecretReconciler.SECRETS, request.namespace(), request.name())
            .filter(secret -> secret.deletionTimestamp() == null)
            .filter(secret -> secret.json().path("type").asText("").equals(BootstrapTokens.TYPE));
    if (found.isEmpty()) {
      return Result.DONE;
    }
    Instant now = clock.instant();
    if (BootstrapTokens.hasExpired(found.get(), now)) {
      delete(found.get());
      return Result.DONE;
    }
    return BootstrapTokens.expiration(found.get())
        .map(end -> Result.after(Duration.between(now, end)))
        .orElse(Result.DONE);
  }

  private void delete(ApiObject secret) {
    try {
      client.delete(
          TokenSecretReconciler.SECRETS,
          secret.namespace(),
          secret.name(),
          DeleteOptions.DEFAULT
              .withUid(secret.uid())
              .withResourceVersion(secret.resourceVersion()));
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.NOT_FOUND.code()) {
        throw e;
      }
    }
  }
}
