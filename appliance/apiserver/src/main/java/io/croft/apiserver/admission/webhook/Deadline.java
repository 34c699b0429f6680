package io.croft.apiserver.admission.webhook;

import io.croft.model.Statuses;
import java.time.Duration;

/// How long all webhooks of one request may take together.
final class Deadline {
  private static final Duration TOGETHER = Duration.ofSeconds(30);

  private final long endNanos = System.nanoTime() + TOGETHER.toNanos();

  /// @throws io.croft.model.StatusException when there is no time left for a webhook
  Duration left(Webhook webhook) {
    long nanos = endNanos - System.nanoTime();
    if (nanos <= 0) {
      throw Statuses.timeout(
          "admission webhooks have taken too long; \"" + webhook.name() + "\" was not asked", 1);
    }
    return Duration.ofNanos(nanos);
  }
}
