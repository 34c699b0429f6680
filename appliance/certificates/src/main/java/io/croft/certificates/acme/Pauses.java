package io.croft.certificates.acme;

import io.croft.base.LruMap;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// Objects that are left alone for a while, whatever brings them up: a server that wants to be left
/// alone is not asked because a status was written. 4096 at most; what is forgotten is asked for
/// once more. Thread-safe.
final class Pauses {
  private static final int MAX = 4096;

  private final Map<String, Instant> ends = new LruMap<>(MAX);

  synchronized Result begin(ApiObject object, Instant now, Duration wait) {
    ends.put(object.uid(), now.plus(wait));
    return Result.after(wait);
  }

  /// How long an object is still left alone; empty when it is not.
  synchronized Optional<Result> left(ApiObject object, Instant now) {
    Instant end = ends.get(object.uid());
    if (end == null) {
      return Optional.empty();
    }
    if (!now.isBefore(end)) {
      ends.remove(object.uid());
      return Optional.empty();
    }
    return Optional.of(Result.after(Duration.between(now, end)));
  }
}
