package io.croft.store.internal.state;

import io.croft.store.Bytes;

/// What a key had once.
///
/// @param end the revision that replaced or deleted it
record Past(Row row, long end) {
  /// The key and the revision that wrote it; ordered by both.
  record Id(Bytes key, long mod) implements Comparable<Id> {
    @Override
    public int compareTo(Id other) {
      int byKey = key.compareTo(other.key);
      return byKey != 0 ? byKey : Long.compare(mod, other.mod);
    }
  }
}
