package io.croft.apiserver.cel;

import java.time.Duration;
import java.util.function.LongSupplier;

/// What the expressions of one request may cost together: work, memory and time. The unit of work
/// is Kubernetes': about one look at a field, one call, or ten characters that a function goes
/// through. Used by one thread.
public final class CelBudget {
  /// What one evaluation may cost: a fraction of a second.
  static final long PER_CALL = 1_000_000;

  /// How much the values may take that evaluations have made and that may still be there, roughly.
  static final long MAX_BYTES = 16 << 20;

  /// How long all evaluations may take, from the beginning of the first. Work is bounded already;
  /// this is for a machine that has other things to do.
  static final Duration MAX_TIME = Duration.ofSeconds(10);

  private static final long PER_REQUEST = 10_000_000;
  private static final long PER_CONDITIONS = 2_500_000;

  private final LongSupplier nanoTime;
  private long left;
  private long bytesLeft = MAX_BYTES;
  private long startedAt;
  private boolean started;

  /// @param nanoTime as `System.nanoTime`
  CelBudget(long left, LongSupplier nanoTime) {
    this.left = left;
    this.nanoTime = nanoTime;
  }

  /// For all rules of an object, or all of one admission policy.
  public static CelBudget forRules() {
    return new CelBudget(PER_REQUEST, System::nanoTime);
  }

  /// For the match conditions of one webhook or policy.
  public static CelBudget forMatchConditions() {
    return new CelBudget(PER_CONDITIONS, System::nanoTime);
  }

  public boolean isSpent() {
    return left <= 0;
  }

  /// Has the clock run: what was compiled before does not count.
  void start() {
    if (!started) {
      started = true;
      startedAt = nanoTime.getAsLong();
    }
  }

  boolean isOverdue() {
    return nanoTime.getAsLong() - startedAt > MAX_TIME.toNanos();
  }

  /// @return whether there was as much
  boolean pay(long cost) {
    left -= cost;
    return left >= 0;
  }

  /// @return whether there was as much
  boolean take(long bytes) {
    bytesLeft -= bytes;
    return bytesLeft >= 0;
  }
}
