package io.croft.apiserver.admission.webhook;

import java.time.Duration;

/// How long all webhooks of one request may take together.
final class Deadline {
  private static final Duration TOGETHER = Duration.ofSeconds(30);

  /// What a webhook gets for which nothing is left: it does not answer in time, and what that means
  /// is its failure policy's to say.
  private static final Duration NEXT_TO_NOTHING = Duration.ofMillis(1);

  private final long endNanos = System.nanoTime() + TOGETHER.toNanos();

  Duration left() {
    Duration left = Duration.ofNanos(endNanos - System.nanoTime());
    return left.compareTo(NEXT_TO_NOTHING) < 0 ? NEXT_TO_NOTHING : left;
  }
}
