package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/// Waits for what other processes bring about.
final class Eventually {
  /// Far more than is needed; it only ends a test that would hang.
  static final Duration DEADLINE = Duration.ofSeconds(60);

  private Eventually() {}

  static void eventually(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("deadline: " + what).isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
  }
}
