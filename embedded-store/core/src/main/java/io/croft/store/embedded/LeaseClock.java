package io.croft.store.embedded;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// When leases run out, by a clock that only goes forward and stands still while the store is
/// closed. The writer sets and looks; any thread may ask what is left.
final class LeaseClock {
  private final LongSupplier nanoTime;
  private final Map<Long, Deadline> deadlines = new ConcurrentHashMap<>();
  private final TreeSet<Deadline> order = new TreeSet<>();

  /// @param nanoTime as `System.nanoTime`
  LeaseClock(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  private record Deadline(long lease, long nanos) implements Comparable<Deadline> {
    /// By difference, as `System.nanoTime` may overflow.
    @Override
    public int compareTo(Deadline other) {
      int byTime = Long.signum(nanos - other.nanos);
      return byTime != 0 ? byTime : Long.compare(lease, other.lease);
    }
  }

  /// Starts a lease's time, or starts it anew.
  void start(long lease, long ttlSeconds) {
    stop(lease);
    long nanos = nanoTime.getAsLong() + TimeUnit.SECONDS.toNanos(ttlSeconds);
    order(new Deadline(lease, nanos));
  }

  private void order(Deadline deadline) {
    deadlines.put(deadline.lease(), deadline);
    order.add(deadline);
  }

  void stop(long lease) {
    Deadline deadline = deadlines.remove(lease);
    if (deadline != null) {
      order.remove(deadline);
    }
  }

  /// Gives a lease that has run out some more time.
  void postpone(long lease, long nanos) {
    stop(lease);
    order(new Deadline(lease, nanoTime.getAsLong() + nanos));
  }

  /// The leases that have run out.
  List<Long> expired() {
    if (nanosToNext() > 0) {
      return List.of();
    }
    long now = nanoTime.getAsLong();
    return order.stream()
        .takeWhile(deadline -> deadline.nanos() - now <= 0)
        .map(Deadline::lease)
        .toList();
  }

  /// How long until the next one runs out, in nanoseconds.
  long nanosToNext() {
    return order.isEmpty()
        ? Long.MAX_VALUE
        : Math.max(0, order.first().nanos() - nanoTime.getAsLong());
  }

  /// What a lease has left, in seconds, rounded up; 0 when it is not known.
  long remainingSeconds(long lease) {
    Deadline deadline = deadlines.get(lease);
    if (deadline == null) {
      return 0;
    }
    long nanos = Math.max(0, deadline.nanos() - nanoTime.getAsLong());
    return (nanos + 999_999_999) / 1_000_000_000;
  }
}
