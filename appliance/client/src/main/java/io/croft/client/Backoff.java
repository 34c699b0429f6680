package io.croft.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/// How long to wait before trying again: `initial`, doubled with every further failure up to `max`,
/// plus a random part so that those who failed together do not come back together.
///
/// @param jitter the largest random part, as a fraction of the wait; 0 for none
public record Backoff(Duration initial, Duration max, double jitter) {
  public Backoff {
    if (initial.isNegative() || initial.isZero() || initial.compareTo(max) > 0 || jitter < 0) {
      throw new IllegalArgumentException(
          "expected 0 < initial <= max and jitter >= 0, got "
              + initial
              + ", "
              + max
              + ", "
              + jitter);
    }
  }

  /// @param failures how many there have been in a row, at least 1
  public Duration delay(int failures) {
    long base = initial.toNanos();
    long doubled = base << Math.min(failures - 1, Long.numberOfLeadingZeros(base) - 1);
    long capped = Math.min(doubled, max.toNanos());
    double random = jitter == 0 ? 0 : ThreadLocalRandom.current().nextDouble(jitter);
    return Duration.ofNanos(capped + (long) (capped * random));
  }
}
