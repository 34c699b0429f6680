package io.croft.store.embedded;

import io.croft.store.KeyValue;
import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.DiskFile;
import io.croft.store.internal.disk.LocalDisk;
import io.croft.store.internal.log.LogPosition;
import io.croft.store.internal.log.WriteAheadLog;
import io.croft.store.internal.state.Checkpoint;
import io.croft.store.internal.state.State;
import io.croft.store.internal.state.Tidying;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.Objects;

/// Makes a new store from a snapshot, or from what was saved of a damaged store. It is built beside
/// its directory and moved there when it is complete, so that a half-restored store is never taken
/// for a whole one.
final class Restore {
  private final StoreConfig config;
  private final State state;
  private final WriteAheadLog log;

  private Restore(StoreConfig config, State state, WriteAheadLog log) {
    this.config = config;
    this.state = state;
    this.log = log;
  }

  /// Where the leases and keys come from.
  @FunctionalInterface
  interface Content {
    /// @return the revision that the store is to begin with
    long give(Snapshot.Target target) throws IOException;
  }

  static Snapshot into(Path directory, Path file, long bump, StoreConfig config)
      throws IOException {
    checkBump(bump);
    checkTarget(directory);
    Snapshot snapshot = Snapshot.verify(file);
    into(directory, target -> Snapshot.read(file, target).revision() + bump, config);
    return snapshot;
  }

  static void checkBump(long bump) {
    if (bump < 1 || bump > EmbeddedStore.MAX_BUMP) {
      throw new IllegalArgumentException(
          "the revision must be raised by 1 to %d, not by %d"
              .formatted(EmbeddedStore.MAX_BUMP, bump));
    }
  }

  /// Makes a store in `directory`, which must be empty or missing.
  static void into(Path directory, Content content, StoreConfig config) throws IOException {
    Path target = directory.toAbsolutePath();
    checkTarget(target);
    Path building = building(target);
    if (Files.exists(building)) {
      throw new FileAlreadyExistsException(
          building + " is left from an earlier restore; remove it first");
    }
    build(building, content, config);
    Files.deleteIfExists(target);
    Files.move(building, target, StandardCopyOption.ATOMIC_MOVE);
    LocalDisk.sync(Objects.requireNonNull(target.getParent()));
  }

  private static Path building(Path target) {
    return target.resolveSibling(target.getFileName() + ".restoring");
  }

  /// Has no empty store begun where one was to be restored.
  ///
  /// @throws IOException when a restore into the directory did not come to its end
  static void checkNoneBegun(Path directory) throws IOException {
    Path target = directory.toAbsolutePath();
    Path building = building(target);
    if (Files.exists(building) && !hasFiles(target)) {
      throw new IOException(
          "there is no store in %s, but a restore into it was begun and not completed: remove %s"
                  .formatted(target, building)
              + ", then restore again");
    }
  }

  private static boolean hasFiles(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (var files = Files.list(directory)) {
      return files.anyMatch(file -> !file.endsWith(LocalDisk.LOCK));
    }
  }

  private static void checkTarget(Path directory) throws IOException {
    Path target = directory.toAbsolutePath();
    if (Files.exists(target) && !isEmpty(target)) {
      throw new FileAlreadyExistsException(
          "cannot restore into " + target + ": it is not empty; choose another directory");
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  private static void build(Path directory, Content content, StoreConfig config)
      throws IOException {
    long storeId = new SecureRandom().nextLong();
    State.Tuning tuning = new State.Tuning(config.cacheBytes(), State.Tuning.RETENTION_MILLIS);
    try (Disk disk = LocalDisk.open(directory);
        WriteAheadLog log =
            WriteAheadLog.create(disk, storeId, config.segmentBytes(), LogPosition.AFTER_RESTORE);
        DiskFile stateFile = disk.open(Opening.STATE_FILE);
        State state = State.create(stateFile, storeId, tuning)) {
      Restore restore = new Restore(config, state, log);
      state.startAt(content.give(restore.new Loading()));
      restore.checkpoint();
      disk.sync();
    }
  }

  private void checkpoint() throws IOException {
    Checkpoint checkpoint = state.checkpoint(log.end(), Tidying.NONE);
    checkpoint.write();
    state.finish(checkpoint, Tidying.NONE);
  }

  private final class Loading implements Snapshot.Target {
    @Override
    public void lease(long id, long seconds) {
      state.loadLease(id, seconds);
    }

    @Override
    public void key(KeyValue kv) throws IOException {
      state.loadKey(kv);
      if (state.unsavedBytes() > config.checkpointMemoryBytes()) {
        checkpoint();
      }
    }
  }
}
