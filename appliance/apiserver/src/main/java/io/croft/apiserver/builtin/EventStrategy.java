package io.croft.apiserver.builtin;

import io.croft.apiserver.resource.GarbageCollection;
import io.croft.apiserver.resource.Strategy;
import java.time.Duration;

/// Events: gone after an hour.
final class EventStrategy implements Strategy {
  @Override
  public Duration timeToLive() {
    return Duration.ofHours(1);
  }

  @Override
  public GarbageCollection garbageCollection() {
    return GarbageCollection.UNSUPPORTED;
  }

  @Override
  public boolean createsOnUpdate() {
    return true;
  }
}
