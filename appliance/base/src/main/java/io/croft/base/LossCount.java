package io.croft.base;

import java.util.concurrent.atomic.AtomicLong;

/// Counts what is lost or refused, and tells which losses are worth a line in the log: the first,
/// and then one at every power of two, so that the log does not overflow too. Thread-safe.
public final class LossCount {
  private final AtomicLong total = new AtomicLong();

  /// @param losses 0 or more
  /// @return whether the log should say so
  public boolean add(long losses) {
    long before = total.getAndAdd(losses);
    return Long.highestOneBit(before + losses) != Long.highestOneBit(before);
  }

  /// Since the start.
  public long total() {
    return total.get();
  }
}
