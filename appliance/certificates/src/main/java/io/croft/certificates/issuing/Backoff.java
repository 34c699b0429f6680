package io.croft.certificates.issuing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.RequestSpec;
import io.croft.model.ApiObject;
import io.croft.pki.PkiException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// After a failure the next attempt waits: an hour, then twice as long each time. Kept in the
/// certificate's status.
final class Backoff {
  private static final Duration FIRST = Duration.ofHours(1);
  private static final int MAX_DOUBLINGS = 5;
  private static final String LAST_FAILURE = "lastFailureTime";
  private static final String ATTEMPTS = "failedIssuanceAttempts";

  private Backoff() {}

  static void failed(ApiObject certificate, Instant now) {
    ObjectNode status = Conditions.status(certificate);
    status.put(LAST_FAILURE, Conditions.format(now));
    status.put(ATTEMPTS, status.path(ATTEMPTS).asInt(0) + 1);
  }

  static void forget(ApiObject certificate) {
    Conditions.status(certificate).remove(LAST_FAILURE);
    Conditions.status(certificate).remove(ATTEMPTS);
  }

  /// How long the next attempt has to wait; zero when it may be made at once, as it may when the
  /// spec has changed since.
  ///
  /// @param failed finds the request that failed
  static Duration wait(
      ApiObject certificate,
      CertificateSpec spec,
      Supplier<Optional<ApiObject>> failed,
      Instant now) {
    JsonNode status = certificate.json().path("status");
    Optional<Instant> failure = Conditions.time(status.path(LAST_FAILURE));
    if (failure.isEmpty() || failed.get().filter(r -> changed(spec, r)).isPresent()) {
      return Duration.ZERO;
    }
    int doublings = Math.clamp(status.path(ATTEMPTS).asInt(1) - 1L, 0, MAX_DOUBLINGS);
    Duration left = Duration.between(now, failure.get().plus(FIRST.multipliedBy(1L << doublings)));
    return left.isNegative() ? Duration.ZERO : left;
  }

  private static boolean changed(CertificateSpec spec, ApiObject request) {
    try {
      return !RequestSpec.of(request).differences(spec).isEmpty();
    } catch (PkiException e) {
      return true;
    }
  }
}
