package io.croft.store.internal.state;

import io.croft.store.Bytes;
import io.croft.store.Event;

/// One change of one key, without values: these are in the maps of rows.
///
/// @param previous the revision of the row that it replaced or deleted; 0 for a creation
record LogEntry(Event.Kind kind, Bytes key, long previous) {
  /// The revision and the place within it, from 0.
  record Id(long revision, int index) implements Comparable<Id> {
    @Override
    public int compareTo(Id other) {
      int byRevision = Long.compare(revision, other.revision);
      return byRevision != 0 ? byRevision : Integer.compare(index, other.index);
    }
  }
}
