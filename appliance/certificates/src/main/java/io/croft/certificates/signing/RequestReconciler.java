package io.croft.certificates.signing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Conditions.Condition;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.IssuerKinds;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.RequestSpec;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Approves certificate requests, and has those that are for our issuers signed.
///
/// Requests for issuers of other groups are left to whoever signs for them.
public final class RequestReconciler implements Reconciler {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
  private static final Set<String> FINAL = Set.of("Issued", "Failed", "Denied");

  private final ApiClient client;
  private final IssuerFinder issuers;
  private final IssuerKinds kinds;
  private final ApprovedSigners approvedSigners;
  private final Events events;
  private final InstantSource clock;

  /// @param approvedSigners for which issuers requests are approved here; for the others somebody
  ///   else has to
  public RequestReconciler(
      ApiClient client,
      IssuerFinder issuers,
      IssuerKinds kinds,
      ApprovedSigners approvedSigners,
      Events events,
      InstantSource clock) {
    this.client = client;
    this.issuers = issuers;
    this.kinds = kinds;
    this.approvedSigners = approvedSigners;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public Result reconcile(Request key) {
    Optional<ApiObject> found = client.find(Resources.REQUESTS, key.namespace(), key.name());
    if (found.isEmpty() || found.get().deletionTimestamp() != null || decided(found.get())) {
      return Result.DONE;
    }
    ApiObject request = found.get();
    IssuerRef ref = RequestSpec.of(request).issuerRef();
    if (Conditions.isTrue(request, Conditions.DENIED)) {
      if (ref.ours()) {
        deny(request.copy());
      }
      return Result.DONE;
    }
    boolean approved = Conditions.isTrue(request, Conditions.APPROVED);
    Optional<String> obstacle = approved ? Optional.empty() : obstacle(ref, request.namespace());
    if (obstacle.isPresent()) {
      events.normal(
          request,
          "WaitingForApproval",
          "Not signed before somebody approves it, for example by `cmctl approve`: "
              + obstacle.get());
      return Result.DONE;
    }
    var attempt = new Attempt(request.copy(), approved);
    if (!ref.ours()) {
      attempt.approve();
      return Result.DONE;
    }
    return attempt.sign();
  }

  /// Whether a request has yet to be approved or denied.
  public static boolean awaitsApproval(ApiObject request) {
    return !decided(request)
        && !Conditions.isTrue(request, Conditions.APPROVED)
        && !Conditions.isTrue(request, Conditions.DENIED);
  }

  /// Whether a request that awaits approval gets it here.
  public boolean approves(ApiObject request) {
    return obstacle(RequestSpec.of(request).issuerRef(), request.namespace()).isEmpty();
  }

  /// Why a request is not approved here; empty when it is.
  private Optional<String> obstacle(IssuerRef ref, String namespace) {
    if (approvedSigners.equals(ApprovedSigners.NONE)) {
      return Optional.of("croft.certificates.approve is false");
    }
    List<String> signers = kinds.signers(ref, namespace);
    if (signers.isEmpty()) {
      return Optional.of("the API has no such kind of issuer as that of " + ref);
    }
    return approvedSigners.contains(signers)
        ? Optional.empty()
        : Optional.of(
            "croft.certificates.approve-signers has neither " + String.join(" nor ", signers));
  }

  /// Whether there is nothing left to do for a request, whatever happens.
  public static boolean decided(ApiObject request) {
    Optional<Condition> ready = Conditions.find(request, Conditions.READY);
    return ready.isPresent() && FINAL.contains(ready.get().reason());
  }

  private void deny(ApiObject request) {
    String why = Conditions.find(request, Conditions.DENIED).map(Condition::message).orElse("");
    failed(
        request,
        "Denied",
        "The CertificateRequest was denied by an approval controller"
            + (why.isEmpty() ? "" : ": " + why));
    client.updateStatus(Resources.REQUESTS, request);
  }

  private void failed(ApiObject request, String reason, String message) {
    var now = clock.instant();
    Conditions.status(request).put("failureTime", Conditions.format(now));
    Conditions.set(request, Conditions.READY, false, reason, message, now, false);
  }

  /// A request that may be signed. That it is approved is written together with what comes of it,
  /// so that whoever denied it in the meantime has the last word.
  private final class Attempt {
    private static final String APPROVAL =
        "Certificate request has been approved by cert-manager.io";

    private ApiObject request;
    private boolean approved;

    /// @param request a copy
    /// @param approved whether that is written already
    Attempt(ApiObject request, boolean approved) {
      this.request = request;
      this.approved = approved;
    }

    void approve() {
      if (!approved) {
        write();
      }
    }

    private void write() {
      boolean approves = !approved;
      if (approves) {
        Conditions.set(
            request, Conditions.APPROVED, true, Resources.GROUP, APPROVAL, clock.instant(), false);
      }
      request = client.updateStatus(Resources.REQUESTS, request).copy();
      approved = true;
      if (approves) {
        events.normal(request, Resources.GROUP, APPROVAL);
      }
    }

    Result sign() {
      RequestSpec spec = RequestSpec.of(request);
      IssuerRef ref = spec.issuerRef();
      Optional<ApiObject> issuer = issuers.find(ref, request.namespace());
      if (issuer.isEmpty()) {
        return pend("IssuerNotFound", "the issuer %s does not exist".formatted(ref));
      }
      Optional<Signer> signer = issuers.signer(issuer.get());
      if (signer.isEmpty() || !Conditions.isTrue(issuer.get(), Conditions.READY)) {
        String why =
            Conditions.find(issuer.get(), Conditions.READY).map(c -> ": " + c.message()).orElse("");
        return pend("IssuerNotReady", "the issuer %s is not ready%s".formatted(ref, why));
      }
      if (!signer.get().local()) {
        approve(); // what others are told cannot be taken back
      }
      var order = new Signer.Order(request, spec, issuer.get(), issuers.secrets(issuer.get()));
      return switch (signer.get().sign(order)) {
        case Signer.Outcome.Issued issued -> {
          issue(issued);
          yield Result.DONE;
        }
        case Signer.Outcome.Pending pending -> pend(pending.reason(), pending.message());
        case Signer.Outcome.Failed failed -> {
          failed(request, "Failed", failed.message());
          write();
          events.warning(request, failed.reason(), failed.message());
          yield Result.DONE;
        }
      };
    }

    private void issue(Signer.Outcome.Issued issued) {
      ObjectNode status = Conditions.status(request);
      status.put("certificate", SecretData.encode(issued.certificate()));
      if (!issued.ca().isEmpty()) {
        status.put("ca", SecretData.encode(issued.ca()));
      }
      String message = "The certificate has been issued";
      Conditions.set(request, Conditions.READY, true, "Issued", message, clock.instant(), false);
      write();
      events.normal(request, "CertificateIssued", message);
    }

    private Result pend(String reason, String message) {
      Optional<Condition> before = Conditions.find(request, Conditions.READY);
      if (before.isEmpty() || !before.get().message().equals(message)) {
        Conditions.set(
            request, Conditions.READY, false, "Pending", message, clock.instant(), false);
        write();
        events.normal(request, reason, message);
      } else {
        approve();
      }
      return Result.after(LOOK_AGAIN);
    }
  }
}
