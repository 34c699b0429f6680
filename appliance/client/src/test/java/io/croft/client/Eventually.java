package io.croft.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for what other threads bring about.
final class Eventually {
  /// Far more than is needed; it only ends a test that would hang.
  static final Duration DEADLINE = Duration.ofSeconds(20);

  private Eventually() {}

  static void eventually(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline: " + what).isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
