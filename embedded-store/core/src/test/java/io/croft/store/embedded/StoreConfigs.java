package io.croft.store.embedded;

import java.time.Duration;
import java.util.function.LongSupplier;

/// Stores for tests, and configurations for them.
final class StoreConfigs {
  private StoreConfigs() {}

  static EmbeddedStore inMemory() {
    return on(new FaultyDisk());
  }

  static EmbeddedStore on(FaultyDisk disk) {
    return on(disk, System::nanoTime);
  }

  static EmbeddedStore on(FaultyDisk disk, LongSupplier nanoTime) {
    return open(disk, nanoTime, small());
  }

  /// MVStore's retention is off, so that space on the disk is reused as early as it can be.
  static EmbeddedStore open(FaultyDisk disk, LongSupplier nanoTime, StoreConfig config) {
    return EmbeddedStore.open(new Surroundings(() -> disk, nanoTime, 0), config);
  }

  static EmbeddedStore withWatchBuffer(long bytes) {
    return open(new FaultyDisk(), System::nanoTime, small(4096, bytes, Duration.ofMinutes(10)));
  }

  static EmbeddedStore withProgressEvery(Duration interval) {
    return open(new FaultyDisk(), System::nanoTime, small(4096, 4 << 20, interval));
  }

  static StoreConfig withQueue(int maxQueuedWrites) {
    return small(maxQueuedWrites, 4 << 20, Duration.ofMinutes(10));
  }

  /// By the log's growth, or else every 20 ms.
  static StoreConfig withCheckpointEvery(long logBytes) {
    StoreConfig small = small();
    return new StoreConfig(
        logBytes,
        logBytes,
        small.checkpointMemoryBytes(),
        small.checkpointInterval(),
        small.cacheBytes(),
        small.maxRequestBytes(),
        small.maxQueuedWrites(),
        small.watchBufferBytes(),
        small.quotaBytes(),
        small.progressInterval());
  }

  /// A small cache, but checkpoints that are not so frequent that the disk does nothing else.
  static StoreConfig onDisk() {
    StoreConfig small = small();
    return new StoreConfig(
        1 << 20,
        1 << 20,
        small.checkpointMemoryBytes(),
        Duration.ofMillis(500),
        small.cacheBytes(),
        small.maxRequestBytes(),
        small.maxQueuedWrites(),
        small.watchBufferBytes(),
        small.quotaBytes(),
        small.progressInterval());
  }

  /// Small files and frequent checkpoints, so that a few hundred writes see everything happen.
  static StoreConfig small() {
    return small(4096, 4 << 20, Duration.ofMinutes(10));
  }

  private static StoreConfig small(
      int maxQueuedWrites, long watchBufferBytes, Duration progressInterval) {
    StoreConfig from = StoreConfig.defaults();
    return new StoreConfig(
        16 << 10,
        24 << 10,
        from.checkpointMemoryBytes(),
        Duration.ofMillis(20),
        1 << 20,
        from.maxRequestBytes(),
        maxQueuedWrites,
        watchBufferBytes,
        from.quotaBytes(),
        progressInterval);
  }
}
