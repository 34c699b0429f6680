package io.croft.apiserver.admission.quota;

import io.croft.model.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// What has been admitted a moment ago and may not be stored yet, so that a count of what is stored
/// does not give it away a second time. Thread-safe.
final class Reservations {
  /// Longer than a write takes after it was admitted.
  private static final Duration KEPT = Duration.ofSeconds(5);

  /// @param uid of the object that it is for
  /// @param growth what the object takes more than before
  private record Reservation(String uid, Map<String, Quantity> growth, Instant end) {}

  private final InstantSource clock;
  private final Map<String, List<Reservation>> byQuota = new HashMap<>();

  Reservations(InstantSource clock) {
    this.clock = clock;
  }

  /// @param quota the quota's uid
  synchronized void add(String quota, String uid, Map<String, Quantity> growth) {
    dropEnded();
    byQuota
        .computeIfAbsent(quota, _ -> new ArrayList<>())
        .add(new Reservation(uid, Map.copyOf(growth), clock.instant().plus(KEPT)));
  }

  /// What is reserved for objects that are not among those counted.
  ///
  /// @param counted tells of an object's uid whether it is
  synchronized List<Map<String, Quantity>> pending(String quota, Predicate<String> counted) {
    dropEnded();
    return byQuota.getOrDefault(quota, List.of()).stream()
        .filter(r -> !counted.test(r.uid()))
        .map(Reservation::growth)
        .toList();
  }

  private void dropEnded() {
    Instant now = clock.instant();
    for (Iterator<List<Reservation>> all = byQuota.values().iterator(); all.hasNext(); ) {
      List<Reservation> of = all.next();
      of.removeIf(r -> !now.isBefore(r.end()));
      if (of.isEmpty()) {
        all.remove();
      }
    }
  }
}
