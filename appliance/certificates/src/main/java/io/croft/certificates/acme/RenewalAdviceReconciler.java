package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.acme.protocol.AcmeAccount;
import io.croft.certificates.acme.protocol.AcmeProblem;
import io.croft.certificates.acme.protocol.RenewalAdvice;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.certificates.signing.IssuerFinder;
import io.croft.client.ApiClient;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// Asks servers from time to time when the certificates that they gave are to be renewed, and notes
/// it in `status.acme.ari`; whoever renews them reads it there. Certificates of other issuers cost
/// no call.
final class RenewalAdviceReconciler implements Reconciler {
  private static final Duration USUAL_WAIT = Duration.ofHours(6);
  private static final Duration LEAST_WAIT = Duration.ofHours(1);
  private static final Duration LONGEST_WAIT = Duration.ofDays(7);

  private final ApiClient client;
  private final IssuerFinder finder;
  private final AcmeAccounts accounts;
  private final Informer issuers;
  private final Informer clusterIssuers;
  private final Events events;
  private final InstantSource clock;

  RenewalAdviceReconciler(
      ApiClient client,
      IssuerFinder finder,
      AcmeAccounts accounts,
      Informers informers,
      Events events,
      InstantSource clock) {
    this.client = client;
    this.finder = finder;
    this.accounts = accounts;
    this.issuers = informers.of(Resources.ISSUERS);
    this.clusterIssuers = informers.of(Resources.CLUSTER_ISSUERS);
    this.events = events;
    this.clock = clock;
  }

  /// Whether there is anything to do for a certificate, or was.
  boolean concerns(ApiObject certificate) {
    return certificate.json().path("status").has("acme") || issuer(certificate).isPresent();
  }

  @Override
  public Result reconcile(Request key) {
    Optional<ApiObject> found = client.find(Resources.CERTIFICATES, key.namespace(), key.name());
    if (found.isEmpty() || found.get().deletionTimestamp() != null) {
      return Result.DONE;
    }
    ApiObject certificate = found.get().copy();
    Optional<ApiObject> issuer = issuer(certificate);
    if (issuer.isEmpty()) {
      Conditions.status(certificate).remove("acme");
      write(found.get(), certificate);
      return Result.DONE;
    }
    Optional<X509Certificate> leaf = leaf(certificate);
    if (leaf.isEmpty()) {
      return Result.DONE; // looked at again once it has been issued
    }
    Instant now = clock.instant();
    Duration wait = wait(certificate, leaf.get(), now);
    if (wait.isZero()) {
      ask(certificate, issuer.get(), leaf.get(), now);
      write(found.get(), certificate);
      wait = LEAST_WAIT;
    }
    return Result.after(wait.compareTo(LEAST_WAIT) < 0 ? wait : LEAST_WAIT); // clocks may be set
  }

  /// The issuer, if it is of ACME and is to be asked.
  private Optional<ApiObject> issuer(ApiObject certificate) {
    IssuerRef ref = CertificateSpec.of(certificate).issuerRef();
    if (!ref.ours()) {
      return Optional.empty();
    }
    Optional<ApiObject> issuer =
        ref.cluster()
            ? clusterIssuers.get("", ref.name())
            : issuers.get(certificate.namespace(), ref.name());
    return issuer.filter(i -> {
      JsonNode acme = i.json().path("spec").path("acme");
      return acme.isObject() && acme.path("renewalInformationSource").asText("ARI").equals("ARI");
    });
  }

  /// What was issued by the issuer that is named now.
  private Optional<X509Certificate> leaf(ApiObject certificate) {
    CertificateSpec spec = CertificateSpec.of(certificate);
    Optional<ApiObject> secret =
        client
            .find(Resources.SECRETS, certificate.namespace(), spec.secretName())
            .filter(s -> AcmeSigner.issuerOf(s).same(spec.issuerRef()));
    try {
      return secret.isEmpty()
          ? Optional.empty()
          : Optional.of(
              Pem.certificates(SecretData.text(secret.get(), SecretData.CERTIFICATE)).getFirst());
    } catch (PkiException e) {
      return Optional.empty(); // it is about to be issued anew
    }
  }

  /// Zero when the server is to be asked.
  private static Duration wait(ApiObject certificate, X509Certificate leaf, Instant now) {
    JsonNode next = certificate.json().at("/status/acme/ari/nextCheck");
    return Conditions.time(next)
        .filter(t -> isNoted(certificate, leaf) && now.isBefore(t))
        .map(t -> Duration.between(now, t))
        .orElse(Duration.ZERO);
  }

  /// Whether what is noted is about this certificate, not the one before.
  private static boolean isNoted(ApiObject certificate, X509Certificate leaf) {
    return Conditions.time(certificate.json().at("/status/acme/ari/lastChecked"))
        .filter(t -> !t.isBefore(leaf.getNotBefore().toInstant()))
        .isPresent();
  }

  private void ask(ApiObject certificate, ApiObject issuer, X509Certificate leaf, Instant now) {
    ObjectNode status = Conditions.status(certificate);
    if (!isNoted(certificate, leaf)) {
      status.remove("acme");
    }
    try {
      Optional<AcmeAccount> account = accounts.open(issuer, finder.secrets(issuer));
      if (account.isEmpty()) {
        return; // the issuer says why, and it is tried again
      }
      Optional<RenewalAdvice> advice = account.get().renewalAdvice(leaf);
      if (advice.isEmpty()) {
        note(status.putObject("acme").putObject("ari"), now, now.plus(LONGEST_WAIT));
        return;
      }
      ObjectNode noted = status.putObject("acme").putObject("ari");
      Instant next = advice.get().askAgain().orElse(now.plus(USUAL_WAIT));
      note(noted, now, bounded(next, now));
      noted
          .putObject("suggestedWindow")
          .put("start", Conditions.format(advice.get().start()))
          .put("end", Conditions.format(advice.get().end()));
      if (!advice.get().explanation().isEmpty()) {
        noted.put("explanationURL", advice.get().explanation());
      }
    } catch (AcmeProblem e) {
      String message = "The server does not say when to renew: " + e.getMessage();
      ObjectNode noted = status.withObject("/acme/ari");
      note(
          noted,
          now,
          bounded(Optional.ofNullable(e.retryAfter()).orElse(now.plus(USUAL_WAIT)), now));
      noted.put("lastError", message);
      events.warning(certificate, "ARIError", message);
    }
  }

  private static void note(ObjectNode noted, Instant now, Instant next) {
    noted.put("lastChecked", Conditions.format(now)).put("nextCheck", Conditions.format(next));
  }

  private static Instant bounded(Instant next, Instant now) {
    Instant least = now.plus(LEAST_WAIT);
    Instant longest = now.plus(LONGEST_WAIT);
    return next.isBefore(least) ? least : next.isAfter(longest) ? longest : next;
  }

  private void write(ApiObject before, ApiObject certificate) {
    if (!certificate.json().equals(before.json())) {
      client.updateStatus(Resources.CERTIFICATES, certificate);
    }
  }
}
