package io.croft.store.embedded;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/// Says what may be compacted when no client asks for compaction: history that is older than a
/// given time, but never the last 1000 revisions. For the writer only.
final class HistoryKeeper {
  /// How many revisions are kept, whatever their age.
  static final long MIN_REVISIONS = 1000;

  /// How many samples are taken over the time of retention.
  private static final int SAMPLES = 10;

  private final long retentionNanos;
  private final LongSupplier nanoTime;
  private final Deque<Sample> samples = new ArrayDeque<>();
  private long nextNanos;

  /// The revision at a time.
  private record Sample(long nanos, long revision) {}

  /// @param retention zero for ever
  /// @param nanoTime as `System.nanoTime`
  HistoryKeeper(Duration retention, LongSupplier nanoTime) {
    this.retentionNanos = retention.toNanos();
    this.nanoTime = nanoTime;
    this.nextNanos = nanoTime.getAsLong();
  }

  /// What to compact to now; not above `compacted` when there is nothing to compact.
  long target(long revision, long compacted) {
    if (nanosToNext() > 0) {
      return compacted;
    }
    long now = nanoTime.getAsLong();
    nextNanos = now + retentionNanos / SAMPLES;
    samples.add(new Sample(now, revision));
    long old = 0;
    while (now - samples.element().nanos() >= retentionNanos) {
      old = samples.remove().revision();
    }
    return Math.max(compacted, Math.min(old, revision - MIN_REVISIONS));
  }

  /// When to ask again, in nanoseconds from now.
  long nanosToNext() {
    return retentionNanos == 0 ? Long.MAX_VALUE : Math.max(0, nextNanos - nanoTime.getAsLong());
  }
}
