package io.croft.store.embedded;

import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.LocalDisk;
import io.croft.store.internal.state.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/// What a store lives on; tests put other things in their place.
///
/// @param nanoTime the clock of leases, history and checkpoints, as `System.nanoTime`
/// @param retentionMillis see [State.Tuning]
/// @param heap how much memory there is, which bounds what may be in it at once
record Surroundings(DiskOpener disk, LongSupplier nanoTime, int retentionMillis, HeapShares heap) {
  /// Opens the disk; called on the writer's thread.
  @FunctionalInterface
  interface DiskOpener {
    Disk open() throws IOException;
  }

  static Surroundings of(Path directory) {
    return new Surroundings(
        () -> {
          Restore.checkNoneBegun(directory);
          return LocalDisk.open(directory);
        },
        System::nanoTime,
        State.Tuning.RETENTION_MILLIS,
        HeapShares.of(Runtime.getRuntime().maxMemory()));
  }
}
