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
import io.croft.store.internal.state.Tidying;
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

  /// What a damaged state is renamed to once another has taken its place.
  private static final String DAMAGED_FILE = "state.damaged";

  private static final String REBUILT_FILE = "state.rebuilt";

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
  record Parts(Disk disk, DiskFile file, State state, WriteAheadLog log) {}

  /// @throws StoreException.Corrupt when the files are damaged beyond what can be made good for
  ///   certain; nothing has been changed then
  static Parts open(Disk disk, StoreConfig config, int retentionMillis) throws IOException {
    Opening opening = new Opening(disk, config, retentionMillis);
    return opening.isUnused() ? opening.create() : opening.secured(opening.resumeOrRebuild());
  }

  /// Has on disk for certain what was read.
  private Parts secured(Parts parts) throws IOException {
    try {
      parts.log().secureEnd();
      Superblock newest = newestSuperblock();
      if (newest != null) {
        newest.secure(parts.file());
      }
      return parts;
    } catch (IOException | RuntimeException e) {
      parts.state().close();
      parts.log().close();
      parts.file().close();
      throw e;
    }
  }

  /// Opens what is there or fails, but changes no file.
  static Parts openAsItIs(Disk disk, StoreConfig config) throws IOException {
    return new Opening(disk, config, State.Tuning.RETENTION_MILLIS).resume();
  }

  /// What is there up to where the log is damaged.
  ///
  /// @param damage null when the log is intact
  record Remains(DiskFile file, State state, long storeId, @Nullable LogDamageException damage) {}

  /// Opens what is there as far as the log is intact, but changes no file.
  ///
  /// @throws StoreException.Corrupt when there is no state to begin with
  static Remains openUpToDamage(Disk disk, StoreConfig config) throws IOException {
    return new Opening(disk, config, State.Tuning.RETENTION_MILLIS).remains();
  }

  private Remains remains() throws IOException {
    if (!disk.exists(STATE_FILE)) {
      throw noState();
    }
    DiskFile file = disk.open(STATE_FILE);
    try {
      StoreException.Corrupt damage = noSuperblock();
      for (Superblock superblock : Superblock.read(file)) {
        try {
          return remains(file, superblock);
        } catch (StoreException.Corrupt e) {
          damage.addSuppressed(e);
        }
      }
      throw damage;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private Remains remains(DiskFile file, Superblock superblock) throws IOException {
    State state = State.open(file, superblock, tuning);
    try {
      LogDamageException damage = null;
      try {
        replayLog(state, superblock.storeId()).close();
      } catch (LogDamageException e) {
        damage = e;
      }
      state.publish();
      return new Remains(file, state, superblock.storeId(), damage);
    } catch (IOException | RuntimeException e) {
      state.close();
      throw e;
    }
  }

  /// Whether nothing was ever stored here: there are no files, or a crash came before the first
  /// segment had as much as its header.
  private boolean isUnused() throws IOException {
    if (newestSuperblock() != null) {
      return false;
    }
    long oldest = WriteAheadLog.oldest(disk);
    boolean isBlank =
        oldest == LogPosition.START.segment()
            && WriteAheadLog.storeId(disk) == null
            && WriteAheadLog.isBlank(disk);
    return isBlank || (oldest == 0 && !disk.exists(STATE_FILE));
  }

  private Parts create() throws IOException {
    long storeId = new SecureRandom().nextLong();
    WriteAheadLog log =
        WriteAheadLog.create(disk, storeId, config.segmentBytes(), LogPosition.START);
    DiskFile file = disk.open(STATE_FILE);
    State state = State.create(file, storeId, tuning);
    checkpoint(state, log);
    disk.sync();
    return new Parts(disk, file, state, log);
  }

  private static void checkpoint(State state, WriteAheadLog log) throws IOException {
    Checkpoint checkpoint = state.checkpoint(log.end(), Tidying.NONE);
    checkpoint.write();
    state.finish(checkpoint, Tidying.NONE);
  }

  private Parts resumeOrRebuild() throws IOException {
    try {
      return resume();
    } catch (StoreException.Corrupt e) {
      Long storeId = WriteAheadLog.storeId(disk);
      Superblock known = newestSuperblock();
      boolean isComplete = WriteAheadLog.oldest(disk) == LogPosition.START.segment();
      if (storeId == null || !isComplete || (known != null && known.storeId() != storeId)) {
        throw e;
      }
      return rebuild(storeId, known == null ? 1 : known.revision(), e);
    }
  }

  private @Nullable Superblock newestSuperblock() throws IOException {
    if (!disk.exists(STATE_FILE)) {
      return null;
    }
    try (DiskFile file = disk.open(STATE_FILE)) {
      List<Superblock> superblocks = Superblock.read(file);
      return superblocks.isEmpty() ? null : superblocks.getFirst();
    }
  }

  /// Replays the log, which goes back to the beginning, onto an empty state.
  ///
  /// @param least the revision that it must reach, as the damaged state had it
  private Parts rebuild(long storeId, long least, StoreException.Corrupt damage)
      throws IOException {
    DiskFile file = disk.open(REBUILT_FILE);
    try {
      Parts parts = replay(file, State.create(file, storeId, tuning), storeId);
      if (parts.state().revision() < least) {
        parts.state().close();
        parts.log().close();
        throw damage;
      }
      checkpoint(parts.state(), parts.log());
      takePlace();
      if (replayed > 0) {
        LOG.atWarn()
            .addKeyValue("directory", disk.name())
            .addKeyValue("damage", damage.getMessage())
            .addKeyValue("revision", parts.state().revision())
            .log("the state was missing or damaged; rebuilt it from the log, which has everything");
      }
      return parts;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void takePlace() throws IOException {
    if (disk.exists(STATE_FILE)) {
      disk.rename(STATE_FILE, DAMAGED_FILE);
    }
    disk.rename(REBUILT_FILE, STATE_FILE);
    disk.sync();
  }

  private StoreException.Corrupt noState() {
    return new StoreException.Corrupt(
        "there is a log but no state in %s: restore a snapshot".formatted(disk.name()));
  }

  private StoreException.Corrupt noSuperblock() {
    return new StoreException.Corrupt(
        "both superblocks of the state in %s are damaged: restore a snapshot"
            .formatted(disk.name()));
  }

  private Parts resume() throws IOException {
    if (!disk.exists(STATE_FILE)) {
      throw noState();
    }
    DiskFile file = disk.open(STATE_FILE);
    try {
      return resume(file, Superblock.read(file));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private Parts resume(DiskFile file, List<Superblock> superblocks) throws IOException {
    if (superblocks.isEmpty()) {
      throw noSuperblock();
    }
    Superblock newest = superblocks.getFirst();
    if (superblocks.size() == 1 && newest.generation() > 1) {
      LOG.atWarn()
          .addKeyValue("directory", disk.name())
          .log(
              "one superblock of the state was cut off by a crash, or is damaged; using the other");
    }
    try {
      return replay(file, State.open(file, newest, tuning), newest.storeId());
    } catch (StoreException.Corrupt e) {
      if (superblocks.size() == 1) {
        throw e;
      }
      return resumeOlder(file, superblocks.getLast(), e);
    }
  }

  private Parts resumeOlder(DiskFile file, Superblock older, StoreException.Corrupt damage)
      throws IOException {
    try {
      Parts parts = replay(file, State.open(file, older, tuning), older.storeId());
      LOG.atWarn()
          .addKeyValue("directory", disk.name())
          .addKeyValue("damage", damage.getMessage())
          .log("the newest state is damaged; went on from the one before and the log");
      return parts;
    } catch (StoreException.Corrupt e) {
      damage.addSuppressed(e);
      throw damage;
    }
  }

  private Parts replay(DiskFile file, State state, long storeId) throws IOException {
    try {
      WriteAheadLog log = replayLog(state, storeId);
      state.publish();
      return new Parts(disk, file, state, log);
    } catch (LogDamageException e) {
      state.close();
      throw new StoreException.Corrupt(String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      state.close();
      throw e;
    }
  }

  private WriteAheadLog replayLog(State state, long storeId) throws IOException {
    return WriteAheadLog.open(
        disk,
        storeId,
        config.segmentBytes(),
        state.position(),
        (payload, after) -> replay(state, payload));
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
