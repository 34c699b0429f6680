package io.croft.store.internal.state;

import io.croft.store.Bytes;
import io.croft.store.Event;
import io.croft.store.KeyValue;
import io.croft.store.StoreException;
import org.h2.mvstore.Cursor;
import org.jspecify.annotations.Nullable;

/// Walks over the changes in order. For one thread.
public final class History {
  private final Maps maps;
  private final Cursor<LogEntry.Id, LogEntry> cursor;
  private long revision;
  private @Nullable LogEntry entry;

  History(Maps maps, long from) {
    this.maps = maps;
    this.cursor = maps.log().cursor(new LogEntry.Id(from, 0));
  }

  /// Goes to the next change.
  ///
  /// @return false when there is none
  public boolean next() {
    if (!cursor.hasNext()) {
      return false;
    }
    revision = cursor.next().revision();
    entry = cursor.getValue();
    return true;
  }

  private LogEntry entry() {
    if (entry == null) {
      throw new IllegalStateException("next() comes first");
    }
    return entry;
  }

  public long revision() {
    return revision;
  }

  public Event.Kind kind() {
    return entry().kind();
  }

  public Bytes key() {
    return entry().key();
  }

  /// Whether the key was not there before.
  boolean isCreation() {
    return entry().previous() == 0;
  }

  /// The change with its values.
  ///
  /// @param withPrevious whether to look up what was there before
  public Event event(boolean withPrevious) {
    Bytes key = key();
    KeyValue kv =
        kind() == Event.Kind.PUT ? row(key, revision).of(key) : Event.tombstone(key, revision);
    boolean hadPrevious = withPrevious && !isCreation();
    return new Event(kind(), kv, hadPrevious ? row(key, entry().previous()).of(key) : null);
  }

  private Row row(Bytes key, long mod) {
    Row row = maps.rows().get(key);
    if (row != null && row.mod() == mod) {
      return row;
    }
    Past past = maps.past().get(new Past.Id(key, mod));
    if (past == null) {
      throw new StoreException.Corrupt("the value of " + key + " at revision " + mod + " is gone");
    }
    return past.row();
  }
}
