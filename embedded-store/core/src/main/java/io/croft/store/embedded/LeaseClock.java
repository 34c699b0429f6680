package io.croft.store.embedded;

import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

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
    Deadline deadline = new Deadline(lease, nanos);
    deadlines.put(lease, deadline);
    order.add(deadline);
  }

  void stop(long lease) {
    Deadline deadline = deadlines.remove(lease);
    if (deadline != null) {
      order.remove(deadline);
    }
  }

  /// A lease that has run out; null when there is none.
  @Nullable Long expired() {
    Deadline first = first();
    return first != null && first.nanos() - nanoTime.getAsLong() <= 0 ? first.lease() : null;
  }

  private @Nullable Deadline first() {
    return order.isEmpty() ? null : order.first();
  }

  /// How long until the next one runs out, in nanoseconds.
  long nanosToNext() {
    Deadline first = first();
    return first == null ? Long.MAX_VALUE : Math.max(0, first.nanos() - nanoTime.getAsLong());
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
