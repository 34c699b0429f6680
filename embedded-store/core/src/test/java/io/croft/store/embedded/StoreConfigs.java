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

  /// Small files and frequent checkpoints, so that a few hundred writes see everything happen.
  static StoreConfig small() {
    StoreConfig from = StoreConfig.defaults();
    return new StoreConfig(
        16 << 10,
        24 << 10,
        from.checkpointMemoryBytes(),
        Duration.ofMillis(20),
        1 << 20,
        from.maxRequestBytes(),
        from.maxQueuedWrites(),
        from.watchBufferBytes(),
        from.quotaBytes(),
        from.progressInterval());
  }
}
