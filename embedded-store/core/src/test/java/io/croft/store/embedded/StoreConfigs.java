package io.croft.store.embedded;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Stores for tests, and configurations for them.
final class StoreConfigs {
  /// Small files and frequent checkpoints, so that a few hundred writes see everything happen.
  long segmentBytes = 16 << 10;

  long checkpointLogBytes = 24 << 10;
  Duration checkpointInterval = Duration.ofMillis(20);
  long cacheBytes = 1 << 20;
  long maxDeletedBytes = 64 << 20;
  int maxQueuedWrites = 4096;
  long watchBufferBytes = 4 << 20;
  long quotaBytes = 1L << 30;
  long reserveBytes;
  Duration progressInterval = Duration.ofMinutes(10);
  Duration historyRetention = Duration.ZERO;

  static final HeapShares HEAP = HeapShares.of(256 << 20);

  private StoreConfigs() {}

  static StoreConfig with(Consumer<StoreConfigs> changes) {
    StoreConfigs settings = new StoreConfigs();
    changes.accept(settings);
    StoreConfig from = StoreConfig.defaults();
    return new StoreConfig(
        settings.segmentBytes,
        settings.checkpointLogBytes,
        from.checkpointMemoryBytes(),
        settings.checkpointInterval,
        settings.cacheBytes,
        from.maxRequestBytes(),
        settings.maxDeletedBytes,
        settings.maxQueuedWrites,
        settings.watchBufferBytes,
        settings.quotaBytes,
        settings.reserveBytes,
        settings.progressInterval,
        settings.historyRetention);
  }

  /// A small cache, but checkpoints that are not so frequent that the disk does nothing else.
  static StoreConfig onDisk() {
    return with(settings -> {
      settings.segmentBytes = 1 << 20;
      settings.checkpointLogBytes = 1 << 20;
      settings.checkpointInterval = Duration.ofMillis(500);
    });
  }

  static EmbeddedStore inMemory() {
    return on(new FaultyDisk());
  }

  static EmbeddedStore inMemory(Consumer<StoreConfigs> changes) {
    return open(new FaultyDisk(), System::nanoTime, with(changes));
  }

  static EmbeddedStore on(FaultyDisk disk) {
    return on(disk, System::nanoTime);
  }

  static EmbeddedStore on(FaultyDisk disk, LongSupplier nanoTime) {
    return open(disk, nanoTime, with(settings -> {}));
  }

  static EmbeddedStore inMemory(HeapShares heap) {
    return EmbeddedStore.open(
        new Surroundings(FaultyDisk::new, System::nanoTime, 0, heap), with(settings -> {}));
  }

  /// MVStore's retention is off, so that space on the disk is reused as early as it can be.
  static EmbeddedStore open(FaultyDisk disk, LongSupplier nanoTime, StoreConfig config) {
    return EmbeddedStore.open(new Surroundings(() -> disk, nanoTime, 0, StoreConfigs.HEAP), config);
  }
}
