package io.croft.certificates.issuing;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.Conditions;
import io.croft.model.ApiObject;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// When the server that gave a certificate would have it renewed, as it was noted in the status.
record SuggestedWindow(Instant start, Instant end) {
  /// A server that wants every new certificate renewed at once must not be followed.
  private static final Duration LEAST_LIFE = Duration.ofHours(1);

  private static final int PARTS = 1 << 16;

  /// Empty when there is none for this certificate.
  static Optional<SuggestedWindow> of(ApiObject certificate, X509Certificate leaf) {
    JsonNode noted = certificate.json().at("/status/acme/ari");
    Instant begin = leaf.getNotBefore().toInstant();
    Optional<Instant> asked =
        Conditions.time(noted.path("lastChecked")).filter(t -> !t.isBefore(begin));
    Optional<Instant> start = Conditions.time(noted.path("suggestedWindow").path("start"));
    Optional<Instant> end = Conditions.time(noted.path("suggestedWindow").path("end"));
    return asked.isPresent() && start.isPresent() && end.isPresent()
        ? Optional.of(new SuggestedWindow(start.get(), end.get()))
        : Optional.empty();
  }

  /// A time in it, another one for each certificate but always the same for one; empty when the
  /// certificate would have ended by then.
  Optional<Instant> pick(X509Certificate leaf) {
    Duration length = Duration.between(start, end);
    long part = leaf.getSerialNumber().hashCode() & (PARTS - 1);
    Instant picked =
        length.isNegative() ? start : start.plus(length.dividedBy(PARTS).multipliedBy(part));
    Instant least = leaf.getNotBefore().toInstant().plus(LEAST_LIFE);
    return Optional.of(picked.isBefore(least) ? least : picked)
        .map(time -> time.truncatedTo(ChronoUnit.SECONDS))
        .filter(time -> time.isBefore(leaf.getNotAfter().toInstant()));
  }
}
