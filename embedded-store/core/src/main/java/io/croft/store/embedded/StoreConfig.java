package io.croft.store.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// How an [EmbeddedStore] works.
///
/// @param segmentBytes size of a file of the log
/// @param checkpointLogBytes the state is written to disk once the log has grown by this much
/// @param checkpointMemoryBytes … or once unwritten changes take this much of the heap
/// @param checkpointInterval … or when it has not been for this long
/// @param cacheBytes heap for pages of the state
/// @param maxRequestBytes the most that keys and values of one request may have together
/// @param maxDeletedBytes the most heap that the keys deleted by one request may take, about half a
///   KiB each besides keys and values; more is refused as too large. A lease that has more is
///   revoked in several steps
/// @param maxQueuedWrites the most writes that may wait; more are refused as `Overloaded`
/// @param watchBufferBytes the most that waits in one watch stream; what does not fit is read again
///   from the history once the reader comes for it
/// @param quotaBytes the most the store may take on disk; beyond, puts are refused as `NoSpace`
/// @param reserveBytes how much of the disk is left for deleting and compacting, besides what waits
///   to be written; puts that would take it are refused as `NoSpace`
/// @param progressInterval after this time without events, watches that asked for it get a
///   `Progress`
/// @param historyRetention history older than this is compacted also if no client asks for it, but
///   never the last 1000 revisions; zero for never. It should be longer than the interval at which
///   clients compact
public record StoreConfig(
    long segmentBytes,
    long checkpointLogBytes,
    long checkpointMemoryBytes,
    Duration checkpointInterval,
    long cacheBytes,
    int maxRequestBytes,
    long maxDeletedBytes,
    int maxQueuedWrites,
    long watchBufferBytes,
    long quotaBytes,
    long reserveBytes,
    Duration progressInterval,
    Duration historyRetention) {
  private static final long KIB = 1 << 10;
  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;

  /// @throws IllegalArgumentException naming every value out of range
  public StoreConfig {
    List<String> faults = new ArrayList<>();
    check(faults, "segmentBytes", segmentBytes, 16 * KIB, GIB);
    check(faults, "checkpointLogBytes", checkpointLogBytes, 16 * KIB, 16 * GIB);
    check(faults, "checkpointMemoryBytes", checkpointMemoryBytes, MIB, GIB);
    check(faults, "checkpointInterval (ms)", checkpointInterval.toMillis(), 10, 86_400_000);
    check(faults, "cacheBytes", cacheBytes, MIB, 64 * GIB);
    check(faults, "maxRequestBytes", maxRequestBytes, KIB, 64 * MIB);
    check(faults, "maxDeletedBytes", maxDeletedBytes, KIB, 64 * GIB);
    check(faults, "maxQueuedWrites", maxQueuedWrites, 1, 1_000_000);
    check(faults, "watchBufferBytes", watchBufferBytes, KIB, GIB);
    check(faults, "quotaBytes", quotaBytes, MIB, 1024 * GIB);
    check(faults, "reserveBytes", reserveBytes, 0, GIB);
    check(faults, "progressInterval (ms)", progressInterval.toMillis(), 10, 86_400_000);
    check(faults, "historyRetention (s)", historyRetention.toSeconds(), 0, 31_536_000);
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", faults));
    }
  }

  private static void check(List<String> faults, String name, long value, long least, long most) {
    if (value < least || value > most) {
      faults.add("%s is %d, allowed is %d to %d".formatted(name, value, least, most));
    }
  }

  /// For a small site: up to 8 GiB, etcd's limit on requests, about 64 MiB of log to replay at
  /// most.
  public static StoreConfig defaults() {
    return new StoreConfig(
        16 * MIB,
        32 * MIB,
        64 * MIB,
        Duration.ofHours(1),
        64 * MIB,
        (int) (MIB + MIB / 2),
        Runtime.getRuntime().maxMemory() / 3,
        4096,
        4 * MIB,
        8 * GIB,
        32 * MIB,
        Duration.ofMinutes(10),
        Duration.ofMinutes(15));
  }

  /// @param cache heap for pages of the state, in bytes
  /// @param unwritten heap for changes that have not been written to the state's file, in bytes
  public StoreConfig withMemory(long cache, long unwritten) {
    return new StoreConfig(
        segmentBytes,
        checkpointLogBytes,
        unwritten,
        checkpointInterval,
        cache,
        maxRequestBytes,
        maxDeletedBytes,
        maxQueuedWrites,
        watchBufferBytes,
        quotaBytes,
        reserveBytes,
        progressInterval,
        historyRetention);
  }

  /// @param logBytes how much the log grows before the state is written
  public StoreConfig withCheckpointEvery(long logBytes) {
    return new StoreConfig(
        segmentBytes,
        logBytes,
        checkpointMemoryBytes,
        checkpointInterval,
        cacheBytes,
        maxRequestBytes,
        maxDeletedBytes,
        maxQueuedWrites,
        watchBufferBytes,
        quotaBytes,
        reserveBytes,
        progressInterval,
        historyRetention);
  }

  public StoreConfig withProgressEvery(Duration interval) {
    return new StoreConfig(
        segmentBytes,
        checkpointLogBytes,
        checkpointMemoryBytes,
        checkpointInterval,
        cacheBytes,
        maxRequestBytes,
        maxDeletedBytes,
        maxQueuedWrites,
        watchBufferBytes,
        quotaBytes,
        reserveBytes,
        interval,
        historyRetention);
  }

  public StoreConfig withQuota(long bytes) {
    return new StoreConfig(
        segmentBytes,
        checkpointLogBytes,
        checkpointMemoryBytes,
        checkpointInterval,
        cacheBytes,
        maxRequestBytes,
        maxDeletedBytes,
        maxQueuedWrites,
        watchBufferBytes,
        bytes,
        reserveBytes,
        progressInterval,
        historyRetention);
  }
}
