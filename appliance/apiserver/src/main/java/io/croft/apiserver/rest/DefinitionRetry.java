package io.croft.apiserver.rest;

import io.croft.apiserver.registry.DefinitionChangedException;
import io.croft.model.Statuses;
import java.time.Duration;
import java.util.function.Supplier;

/// Starts a request again whose custom resource is defined differently now, or no longer.
/// Definitions change rarely; where one is written all the time, requests do not wait for its end.
final class DefinitionRetry {
  static final int TRIES = 5;
  private static final Duration PAUSE = Duration.ofMillis(20);

  private DefinitionRetry() {}

  /// @param request looks the definition up anew
  /// @throws io.croft.model.StatusException 503 when the definition has changed every time
  static <T> T of(Supplier<T> request) {
    for (int attempt = 1; attempt <= TRIES; attempt++) {
      try {
        return request.get();
      } catch (DefinitionChangedException e) {
        pause(attempt);
      }
    }
    throw Statuses.serviceUnavailable(
        "the definition of the custom resource keeps changing, please try again");
  }

  private static void pause(int attempt) {
    try {
      Thread.sleep(PAUSE.multipliedBy(attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Statuses.serviceUnavailable("the request was interrupted");
    }
  }
}
