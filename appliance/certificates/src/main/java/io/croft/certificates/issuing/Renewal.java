package io.croft.certificates.issuing;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.CertificateSpec;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// When a certificate is renewed: by the life that it was given, which may differ from the one that
/// was asked for.
///
/// @param before how long before the end; zero when that is not said
/// @param percentage of its life before the end; 0 when that is not said
record Renewal(boolean enabled, Duration before, int percentage) {
  static Renewal of(CertificateSpec spec) {
    JsonNode json = spec.json();
    return new Renewal(
        !json.path("renewal").path("policy").asText("").equals("Disabled"),
        CertificateSpec.duration(json.path("renewBefore"), Duration.ZERO),
        json.path("renewBeforePercentage").asInt(0));
  }

  /// Empty for never.
  Optional<Instant> time(X509Certificate certificate) {
    if (!enabled) {
      return Optional.empty();
    }
    Instant end = certificate.getNotAfter().toInstant();
    Duration life = Duration.between(certificate.getNotBefore().toInstant(), end);
    return Optional.of(end.minus(lead(life)).truncatedTo(ChronoUnit.SECONDS));
  }

  private Duration lead(Duration life) {
    if (before.isPositive() && before.compareTo(life) < 0) {
      return before;
    }
    if (percentage > 0 && percentage < 100) {
      return life.multipliedBy(percentage).dividedBy(100);
    }
    return life.dividedBy(3);
  }
}
