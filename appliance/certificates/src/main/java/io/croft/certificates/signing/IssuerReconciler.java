package io.croft.certificates.signing;

import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Events;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.time.InstantSource;
import java.util.Optional;

/// Says of issuers, or cluster issuers, whether they can sign.
public final class IssuerReconciler implements Reconciler {
  private final ApiClient client;
  private final GroupVersionResource resource;
  private final IssuerFinder issuers;
  private final Events events;
  private final InstantSource clock;

  public IssuerReconciler(
      ApiClient client,
      GroupVersionResource resource,
      IssuerFinder issuers,
      Events events,
      InstantSource clock) {
    this.client = client;
    this.resource = resource;
    this.issuers = issuers;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = client.find(resource, request.namespace(), request.name());
    if (found.isEmpty() || found.get().deletionTimestamp() != null) {
      return Result.DONE;
    }
    ApiObject issuer = found.get().copy();
    Signer.Readiness readiness =
        issuers
            .signer(issuer)
            .map(signer -> signer.check(issuer, issuers.secrets(issuer)))
            .orElseGet(() ->
                new Signer.Readiness(false, "NotSupported", "issuers of this type are not served"));
    Conditions.set(
        issuer,
        Conditions.READY,
        readiness.ready(),
        readiness.reason(),
        readiness.message(),
        clock.instant(),
        true);
    if (!issuer.json().equals(found.get().json())) {
      client.updateStatus(resource, issuer);
      if (!readiness.ready()) {
        events.warning(issuer, readiness.reason(), readiness.message());
      }
    }
    return Result.after(readiness.lookAgain());
  }
}
