package io.croft.store.internal.state;

import io.croft.store.Bytes;

/// One step of what a request does to the state.
public sealed interface Change {
  /// Gives a key a value and a lease (0 for none).
  record Put(Bytes key, Bytes value, long lease) implements Change {}

  /// Removes a key, which is there.
  record Delete(Bytes key) implements Change {}

  /// Adds a lease.
  record Grant(long lease, long ttlSeconds) implements Change {}

  /// Removes a lease, which has no keys any more.
  record Revoke(long lease) implements Change {}

  /// Gives up what is only needed below `revision`.
  record Compact(long revision) implements Change {}
}
