package io.croft.certificates.issuing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Conditions.Condition;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.RequestSpec;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.certificates.signing.CaRotation;
import io.croft.client.ApiClient;
import io.croft.client.Informer;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.PrivateKeys;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Takes a certificate one step further: finds out whether it is due, sees to the key, the request
/// and the Secret while it is being issued, and says how it stands. Everything that it needs to go
/// on after a crash is in the objects; the certificate's status is written last.
public final class CertificateReconciler implements Reconciler {
  private static final String BY_PASSWORD = "keystore-password";

  /// A clock may be set, and timers do not see that.
  private static final Duration LOOK_AGAIN = Duration.ofHours(1);

  /// Authorities that sign each other, or change all the time, must not keep everyone busy.
  private static final Duration LEAST_LIFE = Duration.ofMinutes(1);

  private static final Duration RIVAL_LOOKS_AGAIN = Duration.ofMinutes(3);

  private final ApiClient client;
  private final Informer certificates;
  private final NextKey nextKey;
  private final Requests requests;
  private final TargetSecret target;
  private final TemporaryCertificate temporary;
  private final CaRotation rotation;
  private final Events events;
  private final InstantSource clock;

  /// @param certificates gets indices by the Secrets that it names
  /// @param requests gets the index [Requests#BY_OWNER]
  /// @param secrets the metadata of all Secrets; gets an index by the certificate that they wait
  ///   for
  public CertificateReconciler(
      ApiClient client,
      Informer certificates,
      Informer requests,
      Informer secrets,
      CaRotation rotation,
      Events events,
      InstantSource clock) {
    this.client = client;
    this.certificates = certificates;
    certificates.addIndex(Ownership.BY_SECRET, Ownership::secretOf);
    certificates.addIndex(BY_PASSWORD, OutputFormats::passwordsOf);
    requests.addIndex(Requests.BY_OWNER, Requests::ownerOf);
    this.nextKey = new NextKey(client, secrets, events);
    this.requests = new Requests(client, requests, events);
    this.target =
        new TargetSecret(
            client.withFieldManager(TargetSecret.FIELD_MANAGER), new OutputFormats(client, events));
    this.temporary = new TemporaryCertificate(target, clock);
    this.rotation = rotation;
    this.events = events;
    this.clock = clock;
  }

  /// The certificates that a Secret is of concern to.
  public List<Request> concernedBySecret(ApiObject secret) {
    String key = Ownership.secret(secret.namespace(), secret.name());
    return Stream.of(Ownership.BY_SECRET, BY_PASSWORD)
        .flatMap(index -> certificates.byIndex(index, key).stream())
        .map(Request::of)
        .toList();
  }

  /// The certificate that made a request.
  public static List<Request> concernedByRequest(ApiObject request) {
    return Ownership.controller(request)
        .filter(o -> o.kind().equals("Certificate"))
        .map(o -> List.of(new Request(request.namespace(), o.name())))
        .orElse(List.of());
  }

  @Override
  public Result reconcile(Request key) {
    Optional<ApiObject> found = client.find(Resources.CERTIFICATES, key.namespace(), key.name());
    if (found.isEmpty() || found.get().deletionTimestamp() != null) {
      return Result.DONE;
    }
    ApiObject certificate = found.get().copy();
    Result result;
    List<ApiObject> done = List.of();
    try {
      var step = new Step(certificate);
      result = step.take();
      done = step.done;
    } catch (PkiException e) {
      // The spec passes admission, and yet nothing can be made of it: only the user can mend that.
      fail(certificate, "InvalidSpec", String.valueOf(e.getMessage()));
      result = Result.after(LOOK_AGAIN);
    }
    if (!certificate.json().equals(found.get().json())) {
      client.updateStatus(Resources.CERTIFICATES, certificate);
    }
    done.forEach(nextKey::delete);
    return result;
  }

  private void fail(ApiObject certificate, String reason, String message) {
    Instant now = clock.instant();
    Backoff.failed(certificate, now);
    Conditions.set(certificate, Conditions.ISSUING, false, reason, message, now, true);
    events.warning(certificate, reason, message);
  }

  /// One certificate, as it was found, and what becomes of it.
  private final class Step {
    private final ApiObject certificate;
    private final CertificateSpec spec;
    private final Instant now = clock.instant();
    private Optional<ApiObject> secret;
    private Optional<ApiObject> request;
    private KeyPairState pair;

    /// Keys that need not wait any more, once the status is written.
    private List<ApiObject> done = List.of();

    Step(ApiObject certificate) {
      this.certificate = certificate;
      this.spec = CertificateSpec.of(certificate);
      this.secret = client.find(Resources.SECRETS, certificate.namespace(), spec.secretName());
      this.pair = KeyPairState.of(secret);
      this.request = currentRequest();
    }

    private Optional<ApiObject> currentRequest() {
      int revision = Requests.revision(certificate);
      return revision == 0 ? Optional.empty() : requests.find(certificate, revision);
    }

    private Optional<ApiObject> nextRequest() {
      return requests.find(certificate, Requests.revision(certificate) + 1);
    }

    private Inspection inspection() {
      return new Inspection(certificate, spec, secret, pair, request, now);
    }

    Result take() throws PkiException {
      boolean mine = Ownership.mayWrite(certificate, secret, certificates);
      Duration wait = Duration.ZERO;
      if (mine) {
        if (!issuing()) {
          wait = startIfDue();
        }
        if (issuing()) {
          proceed();
        } else {
          refresh();
        }
        if (!issuing()) {
          done = nextKey.release(certificate);
        }
      }
      boolean ready = tellReadiness();
      if (ready && mine) {
        requests.prune(certificate, spec);
      }
      return mine ? next(wait) : Result.after(RIVAL_LOOKS_AGAIN);
    }

    private boolean issuing() {
      return Conditions.isTrue(certificate, Conditions.ISSUING);
    }

    /// @return how long it has to wait, if it must
    private Duration startIfDue() {
      Optional<Finding> due = inspection().due();
      Duration wait = Duration.ZERO;
      if (due.isEmpty()) {
        due = authorityReplaced();
        wait = due.isPresent() ? leastLifeLeft() : Duration.ZERO;
      }
      if (due.isEmpty()) {
        return Duration.ZERO;
      }
      if (wait.isZero()) {
        wait = Backoff.wait(certificate, spec, this::nextRequest, now);
      }
      if (wait.isZero()) {
        String message = "Issuing, as " + due.get().message();
        Conditions.set(
            certificate, Conditions.ISSUING, true, due.get().reason(), message, now, true);
        events.normal(certificate, "Issuing", message);
      }
      return wait;
    }

    private Optional<Finding> authorityReplaced() {
      if (!(pair instanceof KeyPairState.Complete complete)) {
        return Optional.empty();
      }
      var held = new ArrayList<>(complete.chain());
      String ca = SecretData.text(secret.orElseThrow(), SecretData.CA);
      try {
        held.addAll(ca.isBlank() ? List.of() : Pem.certificates(ca));
      } catch (PkiException e) {
        return Optional.empty(); // written over by someone; the refresh tells of it
      }
      return rotation
          .replaced(certificate, held)
          .map(message -> new Finding("AuthorityReplaced", message));
    }

    private Duration leastLifeLeft() {
      if (!(pair instanceof KeyPairState.Complete complete)) {
        return Duration.ZERO;
      }
      Instant begin = complete.leaf().getNotBefore().toInstant();
      Duration left = Duration.between(now, begin.plus(LEAST_LIFE));
      return left.isNegative() ? Duration.ZERO : left;
    }

    private void proceed() throws PkiException {
      Optional<ApiObject> present = nextRequest();
      Optional<NextKey.Kept> key = nextKey.ensure(certificate, spec, secret, present);
      if (key.isEmpty()) {
        return;
      }
      Optional<ApiObject> asked = requests.ensure(certificate, spec, key.get(), present);
      if (asked.isPresent()) {
        receive(asked.get(), key.get());
      }
    }

    private void receive(ApiObject asked, NextKey.Kept key) throws PkiException {
      Optional<Condition> ready = Conditions.find(asked, Conditions.READY);
      Optional<Condition> invalid =
          Conditions.find(asked, Conditions.INVALID_REQUEST).filter(Condition::isTrue);
      if (invalid.isPresent()) {
        failed("InvalidRequest", invalid.get().message());
        return;
      }
      switch (ready.map(Condition::reason).orElse("")) {
        case "Denied" -> failed("Denied", ready.orElseThrow().message());
        case "Failed" -> failed("Failed", ready.orElseThrow().message());
        case "Issued" -> complete(asked, key);
        default -> {
          if (temporary.wanted(certificate, pair)) {
            secret = Optional.of(temporary.write(certificate, spec, asked, key, secret));
            pair = KeyPairState.of(secret);
          }
        }
      }
    }

    private void failed(String reason, String message) {
      fail(
          certificate,
          reason,
          "The certificate request has failed to complete and will be retried: " + message);
    }

    private void complete(ApiObject asked, NextKey.Kept key) throws PkiException {
      RequestSpec askedFor = RequestSpec.of(asked);
      String chain = text(asked, "certificate");
      Optional<String> fault = fault(chain, askedFor);
      if (fault.isPresent()) {
        fail(
            certificate, "InvalidCertificate", "The issued certificate is refused: " + fault.get());
        return;
      }
      var material =
          new Material(PrivateKeys.encode(key.pair(), spec.encoding()), chain, text(asked, "ca"));
      secret =
          Optional.of(
              target.write(certificate, spec, material, Optional.of(askedFor.issuerRef()), secret));
      pair = KeyPairState.of(secret);
      request = Optional.of(asked);
      Conditions.status(certificate).put("revision", Requests.revision(certificate) + 1);
      Conditions.remove(certificate, Conditions.ISSUING);
      Backoff.forget(certificate);
      events.normal(certificate, "Issuing", "The certificate has been successfully issued");
    }

    private Optional<String> fault(String chain, RequestSpec askedFor) throws PkiException {
      List<X509Certificate> certificates;
      try {
        certificates = Pem.certificates(chain);
      } catch (PkiException e) {
        return Optional.of("it " + e.getMessage());
      }
      X509Certificate leaf = certificates.getFirst();
      if (!askedFor.signingRequest().publicKey().equals(leaf.getPublicKey())) {
        return Optional.of("its public key is not the one of the request");
      }
      return now.isAfter(leaf.getNotAfter().toInstant())
          ? Optional.of("it has expired already")
          : Optional.empty();
    }

    private void refresh() {
      boolean own =
          secret
              .filter(s -> certificate.name().equals(s.annotations().get(Marks.CERTIFICATE_NAME)))
              .isPresent();
      if (own && pair instanceof KeyPairState.Complete) {
        try {
          target.refresh(certificate, spec, secret.orElseThrow());
        } catch (PkiException e) {
          // Nothing that another certificate would mend, such as a ca.crt that was written over.
          events.warning(
              certificate,
              "SecretNotUpdated",
              "The Secret \"%s\" cannot be brought up to date: it %s"
                  .formatted(spec.secretName(), e.getMessage()));
        }
      }
    }

    private boolean tellReadiness() {
      Inspection inspection = inspection();
      Optional<Finding> unready = inspection.unready();
      Finding told =
          unready
              .map(f -> new Finding(f.reason(), "Not ready: " + f.message()))
              .orElse(new Finding("Ready", "Certificate is up to date and has not expired"));
      Conditions.set(
          certificate,
          Conditions.READY,
          unready.isEmpty(),
          told.reason(),
          told.message(),
          now,
          true);
      ObjectNode status = Conditions.status(certificate);
      if (pair instanceof KeyPairState.Complete complete) {
        status.put("notBefore", Conditions.format(complete.leaf().getNotBefore().toInstant()));
        status.put("notAfter", Conditions.format(complete.leaf().getNotAfter().toInstant()));
      } else {
        status.remove(List.of("notBefore", "notAfter"));
      }
      tellRenewal(inspection);
      return unready.isEmpty();
    }

    private void tellRenewal(Inspection inspection) {
      ObjectNode status = Conditions.status(certificate);
      String before = status.path("renewalTime").asText("");
      String time = inspection.renewalTime().map(Conditions::format).orElse("");
      if (time.isEmpty()) {
        status.remove("renewalTime");
        return;
      }
      status.put("renewalTime", time);
      if (!time.equals(before) && inspection.missesWindows()) {
        events.warning(
            certificate,
            "WindowError",
            "No window of spec.renewal.windows begins between the time at which renewal is wanted,"
                + " %s, and the certificate's end; it will be renewed then all the same"
                    .formatted(time));
      }
    }

    private Result next(Duration wait) {
      Duration next = LOOK_AGAIN;
      if (wait.isPositive() && wait.compareTo(next) < 0) {
        next = wait;
      }
      Optional<Instant> renewal = inspection().renewalTime();
      if (renewal.isPresent()) {
        Duration left = Duration.between(clock.instant(), renewal.get());
        if (left.isPositive() && left.compareTo(next) < 0) {
          next = left;
        }
      }
      return Result.after(next);
    }
  }

  private static String text(ApiObject request, String field) {
    try {
      byte[] bytes =
          Base64.getDecoder().decode(request.json().path("status").path(field).asText(""));
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
