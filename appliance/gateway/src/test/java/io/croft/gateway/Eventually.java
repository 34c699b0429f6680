package io.croft.gateway;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for what other threads bring about.
final class Eventually {
  private static final long POLL_NANOS = 2_000_000;

  private Eventually() {}

  /// Returns once the condition holds.
  static void eventually(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + RunningGateway.PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain: " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
