package io.croft.store.internal.state;

import io.croft.store.Bytes;
import io.croft.store.Event;
import io.croft.store.KeyValue;
import io.croft.store.StoreException;
import io.croft.store.internal.disk.DiskFile;
import io.croft.store.internal.log.LogPosition;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/// The materialized state. One thread changes it ("the writer"); any thread reads what the writer
/// has published.
///
/// Changes are done at once in memory, can be taken back until they are kept, and reach the disk
/// with the next checkpoint.
public final class State implements AutoCloseable {
  /// At this size, in bytes, a page of a map is split.
  private static final int PAGE_BYTES = 16 * 1024;

  private static final String REVISION = "revision";
  private static final String COMPACTED = "compacted";
  private static final String LOG_SEGMENT = "log.segment";
  private static final String LOG_OFFSET = "log.offset";
  private static final String LOG_NEXT = "log.next";

  private final StateFile file;
  private final MVStore store;
  private final Maps maps;
  private final MVMap<String, Long> numbers;
  private final Deque<Runnable> undo = new ArrayDeque<>();
  private long revision;
  private long compacted;

  /// The revision of the last checkpoint: what is older is in the file.
  private long savedRevision;

  /// What has been removed of the file's content since then, in bytes; MVStore finds out only with
  /// the next checkpoint.
  private long removedBytes;

  private volatile View published;

  private State(StateFile file, MVStore store) {
    this.file = file;
    this.store = store;
    this.maps = Maps.open(store);
    this.numbers = Maps.numbers(store);
    this.revision = numbers.getOrDefault(REVISION, 1L);
    this.compacted = numbers.getOrDefault(COMPACTED, 0L);
    this.savedRevision = revision;
    this.published = view().frozen();
  }

  /// Begins an empty state; it is valid with the first checkpoint.
  public static State create(DiskFile file, long storeId, Tuning tuning) throws IOException {
    file.truncate(0);
    return open(file, Superblock.none(storeId), tuning);
  }

  /// How MVStore works.
  ///
  /// @param cacheBytes heap for pages
  /// @param retentionMillis for how long at least chunks are kept that are of no use any more
  public record Tuning(long cacheBytes, int retentionMillis) {
    /// MVStore's own default; it should not be less where anything depends on it.
    public static final int RETENTION_MILLIS = 45_000;
  }

  /// Opens the state that a superblock describes.
  ///
  /// @throws StoreException.Corrupt when it cannot be read
  public static State open(DiskFile file, Superblock superblock, Tuning tuning) {
    Map<String, Object> configuration = new HashMap<>();
    configuration.put("cacheSize", (int) Math.max(1, tuning.cacheBytes() >> 20));
    configuration.put("pageSplitSize", PAGE_BYTES);
    StateFile stateFile = new StateFile(configuration, file, superblock);
    try {
      MVStore store =
          new MVStore.Builder()
              .adoptFileStore(stateFile)
              .autoCommitDisabled()
              .autoCommitBufferSize(0)
              .open();
      store.setRetentionTime(tuning.retentionMillis());
      stateFile.checkVersion();
      return new State(stateFile, store);
    } catch (MVStoreException e) {
      throw new StoreException.Corrupt("the state cannot be opened: " + e.getMessage());
    }
  }

  public long storeId() {
    return file.storeId();
  }

  /// The revision with all changes, published or not.
  public long revision() {
    return revision;
  }

  public long compacted() {
    return compacted;
  }

  /// What the state was last checkpointed with: all of the log before is in it.
  public LogPosition position() {
    Long segment = numbers.get(LOG_SEGMENT);
    return segment == null
        ? LogPosition.START
        : new LogPosition(segment, number(LOG_OFFSET), number(LOG_NEXT));
  }

  private long number(String name) {
    Long number = numbers.get(name);
    if (number == null) {
      throw new StoreException.Corrupt("the state has no " + name);
    }
    return number;
  }

  /// The state with all changes; only for the writer, and only until its next change.
  public View view() {
    return new View(revision, compacted, maps);
  }

  /// The state as a transaction sees it that has changed something, at its own revision.
  public View viewAt(long transaction) {
    return new View(transaction, compacted, maps);
  }

  /// Reads what is published; for any thread.
  public <T> T read(Function<View, T> reader) {
    // Holds the pages on disk that the view needs: without it, chunks that are of no more use to
    // the writer may be overwritten 45 seconds later.
    MVStore.TxCounter usage = store.registerVersionUsage();
    try {
      return reader.apply(published);
    } catch (MVStoreException e) {
      throw failure(e);
    } finally {
      store.deregisterVersionUsage(usage);
    }
  }

  /// What went wrong below, in terms of the store.
  private StoreException failure(MVStoreException e) {
    return store.isClosed()
        ? new StoreException.Closed("the store is closed")
        : new StoreException.Corrupt("the state cannot be read: " + e.getMessage());
  }

  /// Does one change at a revision.
  ///
  /// @param index the change's place among those of the revision, from 0
  /// @return what watches are told; null for a change that is not one of a key
  public @Nullable Event apply(Change change, long at, int index) {
    try {
      return switch (change) {
        case Change.Put put -> put(put, at, index);
        case Change.Delete(var key) -> delete(key, at, index);
        case Change.Grant(var lease, var seconds) -> {
          set(maps.leases(), lease, seconds);
          yield null;
        }
        case Change.Revoke(var lease) -> {
          set(maps.leases(), lease, null);
          yield null;
        }
        case Change.Compact(var target) -> {
          long before = compacted;
          undo.push(() -> compacted = before);
          compacted = target;
          yield null;
        }
      };
    } catch (MVStoreException e) {
      throw failure(e);
    }
  }

  private Event put(Change.Put put, long at, int index) {
    Bytes key = put.key();
    Row before = maps.rows().get(key);
    Row row =
        before == null
            ? new Row(at, at, 1, put.lease(), put.value())
            : new Row(before.create(), at, before.version() + 1, put.lease(), put.value());
    set(maps.rows(), key, row);
    attach(key, before == null ? 0 : before.lease(), put.lease());
    KeyValue previous = log(Event.Kind.PUT, key, before, at, index);
    return new Event(Event.Kind.PUT, row.of(key), previous);
  }

  private Event delete(Bytes key, long at, int index) {
    Row before = maps.rows().get(key);
    if (before == null) {
      throw new StoreException.Corrupt("key " + key + ", deleted at revision " + at + ", is gone");
    }
    set(maps.rows(), key, null);
    attach(key, before.lease(), 0);
    KeyValue previous = log(Event.Kind.DELETE, key, before, at, index);
    return new Event(Event.Kind.DELETE, Event.tombstone(key, at), previous);
  }

  private @Nullable KeyValue log(
      Event.Kind kind, Bytes key, @Nullable Row before, long at, int index) {
    LogEntry.Id id = new LogEntry.Id(at, index);
    if (before == null) {
      set(maps.log(), id, new LogEntry(kind, key, 0));
      return null;
    }
    set(maps.past(), new Past.Id(key, before.mod()), new Past(before, at));
    set(maps.log(), id, new LogEntry(kind, key, before.mod()));
    return before.of(key);
  }

  private void attach(Bytes key, long from, long to) {
    if (from != to) {
      if (from != 0) {
        set(maps.attachments(), new Attachment(from, key), null);
      }
      if (to != 0) {
        set(maps.attachments(), new Attachment(to, key), 0L);
      }
    }
  }

  private <K, V> void set(MVMap<K, V> map, K key, @Nullable V value) {
    V before = put(map, key, value);
    undo.push(() -> put(map, key, before));
  }

  private static <K, V> @Nullable V put(MVMap<K, V> map, K key, @Nullable V value) {
    return value == null ? map.remove(key) : map.put(key, value);
  }

  /// Puts a key of a snapshot into a new state, just as it was.
  public void loadKey(KeyValue kv) {
    Row row = new Row(kv.createRevision(), kv.modRevision(), kv.version(), kv.lease(), kv.value());
    maps.rows().put(kv.key(), row);
    if (kv.lease() != 0) {
      maps.attachments().put(new Attachment(kv.lease(), kv.key()), 0L);
    }
  }

  /// Puts a lease of a snapshot into a new state.
  public void loadLease(long id, long seconds) {
    maps.leases().put(id, seconds);
  }

  /// Has a new state, filled from a snapshot, begin at a revision, below which nothing is known.
  public void startAt(long first) {
    revision = first;
    compacted = first;
  }

  /// How many steps can be taken back.
  public int undoable() {
    return undo.size();
  }

  /// Takes back changes until only `steps` can be.
  ///
  /// @param before the revision to return to
  public void undoTo(int steps, long before) {
    while (undo.size() > steps) {
      undo.pop().run();
    }
    revision = before;
  }

  /// Raises the revision, after all changes of that revision are done.
  public void advance(long to) {
    revision = to;
  }

  /// Shows all changes to readers. They cannot be taken back afterwards.
  public void publish() {
    undo.clear();
    published = view().frozen();
  }

  /// Removes what is only needed below the compacted revision.
  ///
  /// @param most the most changes to look at
  /// @return whether there is more to do
  public boolean removeCompacted(int most) {
    try {
      return removeFromLog(most);
    } catch (MVStoreException e) {
      throw failure(e);
    }
  }

  private boolean removeFromLog(int most) {
    Cursor<LogEntry.Id, LogEntry> cursor = maps.log().cursor(null);
    for (int i = 0; i < most && cursor.hasNext(); i++) {
      LogEntry.Id id = cursor.next();
      if (id.revision() >= compacted) {
        return false;
      }
      LogEntry entry = cursor.getValue();
      if (entry.previous() != 0) {
        note(maps.past().remove(new Past.Id(entry.key(), entry.previous())));
      }
      maps.log().remove(id);
    }
    return cursor.hasNext();
  }

  private void note(@Nullable Past removed) {
    if (removed != null && removed.row().mod() <= savedRevision) {
      removedBytes += removed.row().value().length();
    }
  }

  /// Whether anything has changed since the last checkpoint.
  public boolean isDirty() {
    return store.hasUnsavedChanges();
  }

  /// Whether much of the file is taken by what is of no use any more; a few checkpoints make that
  /// free.
  public boolean hasGarbage(Tidying tidying) {
    return removedBytes > tidying.tolerated() || file.hasGarbage(tidying);
  }

  /// What changed pages take on the heap until the next checkpoint, in bytes.
  public long unsavedBytes() {
    return store.getUnsavedMemory();
  }

  /// Begins to bring the state to disk; the next steps are [Checkpoint#write], which any thread may
  /// do meanwhile, and [#finish], before there can be another.
  ///
  /// @param position what was published is in the log before it
  public Checkpoint checkpoint(LogPosition position, Tidying tidying) {
    file.evacuateChunks(tidying);
    numbers.put(REVISION, revision);
    numbers.put(COMPACTED, compacted);
    numbers.put(LOG_SEGMENT, position.segment());
    numbers.put(LOG_OFFSET, position.offset());
    numbers.put(LOG_NEXT, position.next());
    file.expect(store.getUnsavedMemory());
    store.commit();
    savedRevision = revision;
    removedBytes = 0;
    // At once, as from now on readers keep the pages of the new version from being overwritten.
    published = view().frozen();
    return file.begin(revision, position);
  }

  /// Takes note that a checkpoint is written.
  public void finish(Checkpoint checkpoint, Tidying tidying) throws IOException {
    file.finish(checkpoint, tidying);
  }

  public FreeSpace freeSpace() throws IOException {
    return file.freeSpace();
  }

  /// What the state takes on disk, in bytes.
  public long fileBytes() throws IOException {
    return file.physicalSize();
  }

  /// What of that is in use, in bytes; new data goes into the rest first.
  public long usedBytes() {
    return file.size() / 100 * file.getFillRate();
  }

  /// Closes without writing anything.
  @Override
  public void close() {
    store.closeImmediately();
  }
}
