package io.croft.store.embedded;

import io.croft.store.KeyValue;
import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.DiskFile;
import io.croft.store.internal.disk.LocalDisk;
import io.croft.store.internal.log.LogPosition;
import io.croft.store.internal.log.WriteAheadLog;
import io.croft.store.internal.state.Checkpoint;
import io.croft.store.internal.state.State;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;

/// Makes a new store from a snapshot. It is built beside its directory and moved there when it is
/// complete, so that a half-restored store is never taken for a whole one.
final class Restore {
  private final StoreConfig config;
  private final State state;
  private final WriteAheadLog log;

  private Restore(StoreConfig config, State state, WriteAheadLog log) {
    this.config = config;
    this.state = state;
    this.log = log;
  }

  static Snapshot into(Path directory, Path file, long bump, StoreConfig config)
      throws IOException {
    if (bump < 1) {
      throw new IllegalArgumentException("the revision must be raised by 1 at least, not " + bump);
    }
    Path target = directory.toAbsolutePath();
    if (Files.exists(target) && !isEmpty(target)) {
      throw new FileAlreadyExistsException(
          "cannot restore into " + target + ": it is not empty; choose another directory");
    }
    Snapshot.verify(file);
    Path building = target.resolveSibling(target.getFileName() + ".restoring");
    if (Files.exists(building)) {
      throw new FileAlreadyExistsException(
          building + " is left from an earlier restore; remove it first");
    }
    Snapshot snapshot = build(building, file, bump, config);
    Files.deleteIfExists(target);
    Files.move(building, target, StandardCopyOption.ATOMIC_MOVE);
    return snapshot;
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  private static Snapshot build(Path directory, Path file, long bump, StoreConfig config)
      throws IOException {
    long storeId = new SecureRandom().nextLong();
    State.Tuning tuning = new State.Tuning(config.cacheBytes(), State.Tuning.RETENTION_MILLIS);
    try (Disk disk = LocalDisk.open(directory);
        WriteAheadLog log =
            WriteAheadLog.create(disk, storeId, config.segmentBytes(), LogPosition.AFTER_RESTORE);
        DiskFile stateFile = disk.open(Opening.STATE_FILE);
        State state = State.create(stateFile, storeId, tuning)) {
      Restore restore = new Restore(config, state, log);
      Snapshot snapshot = Snapshot.read(file, restore.new Loading());
      state.startAt(snapshot.revision() + bump);
      restore.checkpoint();
      disk.sync();
      return snapshot;
    }
  }

  private void checkpoint() throws IOException {
    Checkpoint checkpoint = state.checkpoint(log.end(), Long.MAX_VALUE);
    checkpoint.write();
    state.finish(checkpoint);
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
