package io.croft.store.embedded;

import io.croft.store.StoreException;
import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.DiskFile;
import io.croft.store.internal.log.LogDamageException;
import io.croft.store.internal.log.LogPosition;
import io.croft.store.internal.log.WriteAheadLog;
import io.croft.store.internal.state.Change;
import io.croft.store.internal.state.Checkpoint;
import io.croft.store.internal.state.Commit;
import io.croft.store.internal.state.State;
import io.croft.store.internal.state.Superblock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings state and log together when a store is opened: the newest state that is whole, and on it
/// what the log has since.
final class Opening {
  static final String STATE_FILE = "state";

  private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

  private final Disk disk;
  private final StoreConfig config;
  private final State.Tuning tuning;
  private long replayed;

  private Opening(Disk disk, StoreConfig config, int retentionMillis) {
    this.disk = disk;
    this.config = config;
    this.tuning = new State.Tuning(config.cacheBytes(), retentionMillis);
  }

  /// What an open store works on.
  record Parts(DiskFile file, State state, WriteAheadLog log) {}

  /// @throws StoreException.Corrupt when the files are damaged beyond what can be made good for
  ///   certain; nothing has been changed then
  static Parts open(Disk disk, StoreConfig config, int retentionMillis) throws IOException {
    return new Opening(disk, config, retentionMillis).open();
  }

  private Parts open() throws IOException {
    DiskFile file = disk.open(STATE_FILE);
    try {
      List<Superblock> superblocks = Superblock.read(file);
      return superblocks.isEmpty() ? begin(file) : resume(file, superblocks);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /// A new store; or one whose state is lost but whose log goes back to the beginning.
  private Parts begin(DiskFile damaged) throws IOException {
    long oldest = WriteAheadLog.oldest(disk);
    Long storeId = WriteAheadLog.storeId(disk);
    boolean neverUsed =
        (oldest == 0 && damaged.size() == 0) || (storeId == null && isUnused(oldest));
    if (neverUsed) {
      return create(damaged);
    }
    if (storeId == null || oldest != LogPosition.START.segment()) {
      throw new StoreException.Corrupt(
          "the state in %s is damaged, and its log begins at frame %d: restore a snapshot"
              .formatted(disk.name(), oldest));
    }
    State state = State.create(damaged, storeId, tuning);
    Parts parts = replay(damaged, state, storeId);
    if (replayed > 0) {
      LOG.atWarn()
          .addKeyValue("directory", disk.name())
          .addKeyValue("commits", replayed)
          .addKeyValue("revision", state.revision())
          .log("the state was missing or damaged; rebuilt it from the complete log");
    }
    checkpoint(state, parts.log());
    return parts;
  }

  /// Whether a crash interrupted the creation: then the first segment has not even its header.
  private boolean isUnused(long oldest) throws IOException {
    return oldest == LogPosition.START.segment() && WriteAheadLog.isBlank(disk);
  }

  private Parts create(DiskFile file) throws IOException {
    long storeId = new SecureRandom().nextLong();
    WriteAheadLog log = WriteAheadLog.create(disk, storeId, config.segmentBytes());
    State state = State.create(file, storeId, tuning);
    checkpoint(state, log);
    disk.sync();
    return new Parts(file, state, log);
  }

  private static void checkpoint(State state, WriteAheadLog log) throws IOException {
    Checkpoint checkpoint = state.checkpoint(log.end(), Long.MAX_VALUE);
    checkpoint.write();
    state.finish(checkpoint);
  }

  private Parts resume(DiskFile file, List<Superblock> superblocks) throws IOException {
    StoreException.Corrupt failure = null;
    for (Superblock superblock : superblocks) {
      try {
        Parts parts = resume(file, superblock);
        if (failure != null) {
          LOG.atWarn()
              .addKeyValue("directory", disk.name())
              .addKeyValue("damage", failure.getMessage())
              .log("the newest state is damaged; went on from the one before and the log");
        }
        return parts;
      } catch (StoreException.Corrupt e) {
        failure = first(failure, e);
      }
    }
    throw failure == null ? new StoreException.Corrupt("no superblock") : failure;
  }

  private static StoreException.Corrupt first(
      StoreException.@Nullable Corrupt failure, StoreException.Corrupt next) {
    if (failure == null) {
      return next;
    }
    failure.addSuppressed(next);
    return failure;
  }

  private Parts resume(DiskFile file, Superblock superblock) throws IOException {
    return replay(file, State.open(file, superblock, tuning), superblock.storeId());
  }

  private Parts replay(DiskFile file, State state, long storeId) throws IOException {
    try {
      WriteAheadLog log =
          WriteAheadLog.open(
              disk,
              storeId,
              config.segmentBytes(),
              state.position(),
              (payload, after) -> replay(state, payload));
      state.publish();
      return new Parts(file, state, log);
    } catch (LogDamageException e) {
      state.close();
      throw new StoreException.Corrupt(String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      state.close();
      throw e;
    }
  }

  private void replay(State state, ByteBuffer payload) {
    for (Commit commit : Commit.decode(payload)) {
      int index = 0;
      for (Change change : commit.changes()) {
        if (state.apply(change, commit.revision(), index) != null) {
          index++;
        }
      }
      state.advance(commit.revision());
      replayed++;
    }
    state.publish();
  }
}
