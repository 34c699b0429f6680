package io.croft.apiserver.controllers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.CertificateRequest;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.Profile;
import io.croft.pki.Purpose;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Signs certificate signing requests that were approved, if they are for one of the signers of
/// Kubernetes and ask for no more than that signer gives; and clears old ones away.
final class CertificateRequests implements Reconciler {
  static final GroupVersionResource REQUESTS =
      new GroupVersionResource("certificates.k8s.io", "v1", "certificatesigningrequests");

  private static final Duration KEPT_PENDING = Duration.ofHours(24);
  private static final Duration KEPT_DECIDED = Duration.ofHours(1);
  private static final Duration MAX_LIFE = Duration.ofDays(365);
  private static final Duration MIN_LIFE = Duration.ofMinutes(10);

  private final ApiClient client;
  private final Function<Purpose, CertificateAuthority> authorities;
  private final InstantSource clock;

  /// @param authorities who issues what clients log in with, and what nodes serve with
  CertificateRequests(
      ApiClient client, Function<Purpose, CertificateAuthority> authorities, InstantSource clock) {
    this.client = client;
    this.authorities = authorities;
    this.clock = clock;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = client.find(REQUESTS, "", request.name());
    if (found.isEmpty() || found.get().deletionTimestamp() != null) {
      return Result.DONE;
    }
    ApiObject csr = found.get();
    Duration left = Duration.between(clock.instant(), end(csr));
    if (!left.isPositive()) {
      delete(csr);
      return Result.DONE;
    }
    if (condition(csr, "Approved").isPresent()
        && condition(csr, "Denied").isEmpty()
        && condition(csr, "Failed").isEmpty()
        && csr.json().path("status").path("certificate").asText("").isEmpty()) {
      sign(csr);
    }
    return Result.after(left);
  }

  /// When a request is of no more use to anybody.
  private Instant end(ApiObject csr) {
    Instant created = Optional.ofNullable(csr.creationTimestamp()).orElseGet(clock::instant);
    boolean issued = !csr.json().path("status").path("certificate").asText("").isEmpty();
    for (String type : new String[] {"Denied", "Failed", "Approved"}) {
      Optional<JsonNode> decided = condition(csr, type);
      if (decided.isPresent() && (issued || !type.equals("Approved"))) {
        return time(decided.get().path("lastUpdateTime").asText(""), created).plus(KEPT_DECIDED);
      }
    }
    return created.plus(KEPT_PENDING);
  }

  private static Instant time(String text, Instant otherwise) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      return otherwise;
    }
  }

  private static Optional<JsonNode> condition(ApiObject csr, String type) {
    for (JsonNode condition : csr.json().path("status").path("conditions")) {
      if (condition.path("type").asText("").equals(type)) {
        return Optional.of(condition);
      }
    }
    return Optional.empty();
  }

  private void delete(ApiObject csr) {
    try {
      client.delete(REQUESTS, "", csr.name(), DeleteOptions.DEFAULT.withUid(csr.uid()));
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.NOT_FOUND.code()) {
        throw e;
      }
    }
  }

  private void sign(ApiObject csr) {
    JsonNode spec = csr.json().path("spec");
    Optional<ClusterSigner> signer = ClusterSigner.named(spec.path("signerName").asText(""));
    if (signer.isEmpty()) {
      return; // someone else's
    }
    ApiObject answered = csr.copy();
    ObjectNode status =
        answered.json().get("status") instanceof ObjectNode there
            ? there
            : answered.json().putObject("status");
    try {
      var request = CertificateRequest.parse(decoded(spec.path("request").asText("")));
      Profile profile = signer.get().profile(request, spec.path("usages"), life(spec));
      List<X509Certificate> chain =
          authorities.apply(signer.get().authority()).issue(profile, request.publicKey());
      byte[] pem = Pem.encode(chain).getBytes(StandardCharsets.US_ASCII);
      status.put("certificate", Base64.getEncoder().encodeToString(pem));
    } catch (PkiException | IllegalArgumentException e) {
      fail(status, String.valueOf(e.getMessage()));
    }
    client.updateStatus(REQUESTS, answered);
  }

  private void fail(ObjectNode status, String message) {
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    status
        .withArray("conditions")
        .addObject()
        .put("type", "Failed")
        .put("status", "True")
        .put("reason", "SignerValidationFailure")
        .put("message", message)
        .put("lastUpdateTime", now)
        .put("lastTransitionTime", now);
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  private static Duration life(JsonNode spec) {
    JsonNode wanted = spec.path("expirationSeconds");
    if (!wanted.isNumber()) {
      return MAX_LIFE;
    }
    Duration life = Duration.ofSeconds(wanted.asLong());
    return life.compareTo(MIN_LIFE) < 0 ? MIN_LIFE : life.compareTo(MAX_LIFE) > 0 ? MAX_LIFE : life;
  }
}
