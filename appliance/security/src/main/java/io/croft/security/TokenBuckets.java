package io.croft.security;

import io.croft.base.LruMap;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/// A bucket of tokens for each key: so many tokens flow in per second, up to twice as many lie in
/// it, and each request takes one. Of the keys, those used last are kept; a bucket that is
/// forgotten is full when its key comes again. Thread-safe.
final class TokenBuckets {
  private static final long SECOND = 1_000_000_000L;

  private final long nanosPerToken;
  private final long capacityNanos;
  private final LongSupplier nanoTime;

  /// By key the moment at which the bucket would be empty of debt: the further in the past, the
  /// fuller it is.
  private final Map<String, Long> emptyAt;

  /// @param perSecond positive
  /// @param maxKeys how many keys are kept
  /// @param nanoTime as `System.nanoTime`
  TokenBuckets(int perSecond, int maxKeys, LongSupplier nanoTime) {
    this.nanosPerToken = SECOND / perSecond;
    this.capacityNanos = 2 * SECOND;
    this.nanoTime = nanoTime;
    this.emptyAt = new LruMap<>(maxKeys);
  }

  /// Takes a token.
  ///
  /// @return zero when there was one; otherwise how long until there is, and nothing is taken
  synchronized Duration take(String key) {
    long now = nanoTime.getAsLong();
    long full = now - capacityNanos;
    Long known = emptyAt.get(key);
    long at = known == null || known - full < 0 ? full : known;
    long wait = at + nanosPerToken - now;
    if (wait > 0) {
      return Duration.ofNanos(wait);
    }
    emptyAt.put(key, at + nanosPerToken);
    return Duration.ZERO;
  }

  synchronized int size() {
    return emptyAt.size();
  }
}
