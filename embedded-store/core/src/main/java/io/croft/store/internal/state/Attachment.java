package io.croft.store.internal.state;

import io.croft.store.Bytes;

/// A key on a lease; ordered by lease, then key.
record Attachment(long lease, Bytes key) implements Comparable<Attachment> {
  @Override
  public int compareTo(Attachment other) {
    int byLease = Long.compare(lease, other.lease);
    return byLease != 0 ? byLease : key.compareTo(other.key);
  }
}
