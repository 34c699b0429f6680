package io.croft.certificates.acme;

import java.time.Duration;

/// How long things are waited for.
///
/// @param passes how often in a row an HTTP-01 answer has to be found
/// @param pause between these
/// @param recheck until a challenge that was not found is looked for again
/// @param dnsSettle how long a record is left to resolvers that remember that there was none, from
///   when it was made
/// @param poll until the server is asked again how it stands, at least
public record AcmeTiming(
    int passes, Duration pause, Duration recheck, Duration dnsSettle, Duration poll) {
  public static final AcmeTiming USUAL =
      new AcmeTiming(
          5,
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          Duration.ofSeconds(60),
          Duration.ofSeconds(2));
}
