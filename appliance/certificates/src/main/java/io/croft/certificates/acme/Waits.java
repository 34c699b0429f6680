package io.croft.certificates.acme;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How long to leave a server alone.
final class Waits {
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final Duration PATIENT = Duration.ofMinutes(5);

  private Waits() {}

  /// Until when a server wants to be left alone, within reason.
  ///
  /// @param time null when it has not said
  static Duration until(@Nullable Instant time, Instant now, Duration otherwise) {
    return time == null ? otherwise : bounded(Duration.between(now, time), SHORTEST, LONGEST);
  }

  /// Longer, the longer something has been waited for.
  ///
  /// @param since null when that is not known
  static Duration growing(@Nullable Instant since, Instant now, Duration shortest) {
    Duration age = since == null ? Duration.ZERO : Duration.between(since, now);
    return bounded(age.dividedBy(4), shortest, PATIENT);
  }

  private static Duration bounded(Duration wait, Duration least, Duration most) {
    Duration atLeast = wait.compareTo(least) < 0 ? least : wait;
    return atLeast.compareTo(most) > 0 ? most : atLeast;
  }
}
