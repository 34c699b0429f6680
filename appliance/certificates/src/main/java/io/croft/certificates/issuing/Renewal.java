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
/// @param windows within which it is to be renewed, if they allow for it before its end
record Renewal(boolean enabled, Duration before, int percentage, RenewalWindows windows) {
  static Renewal of(CertificateSpec spec) {
    JsonNode json = spec.json();
    return new Renewal(
        !json.path("renewal").path("policy").asText("").equals("Disabled"),
        CertificateSpec.duration(json.path("renewBefore"), Duration.ZERO),
        json.path("renewBeforePercentage").asInt(0),
        RenewalWindows.of(json.path("renewal")));
  }

  /// Empty for never.
  Optional<Instant> time(X509Certificate certificate) {
    return time(begin(certificate), end(certificate));
  }

  /// The same where who issued it would have it renewed at a time of their own.
  Optional<Instant> advised(X509Certificate certificate, Instant time) {
    return enabled
        ? windows.fit(time, end(certificate)).or(() -> Optional.of(time))
        : Optional.empty();
  }

  /// The same for a life that a certificate may be given.
  Optional<Instant> time(Instant begin, Instant end) {
    return enabled
        ? fitted(begin, end).or(() -> Optional.of(wanted(begin, end)))
        : Optional.empty();
  }

  private static Instant begin(X509Certificate certificate) {
    return certificate.getNotBefore().toInstant();
  }

  private static Instant end(X509Certificate certificate) {
    return certificate.getNotAfter().toInstant();
  }

  private Optional<Instant> fitted(Instant begin, Instant end) {
    return windows.fit(wanted(begin, end), end);
  }

  private Instant wanted(Instant begin, Instant end) {
    return end.minus(lead(Duration.between(begin, end))).truncatedTo(ChronoUnit.SECONDS);
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
