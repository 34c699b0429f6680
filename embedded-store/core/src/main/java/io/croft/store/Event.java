package io.croft.store;

import org.jspecify.annotations.Nullable;

/// A change of one key.
///
/// @param kind put or delete
/// @param kv the key after the change; for a delete only `key` and `modRevision` are set
/// @param previous the key before the change; null when it did not exist
public record Event(Kind kind, KeyValue kv, @Nullable KeyValue previous) {
  /// What happened.
  public enum Kind {
    PUT,
    DELETE
  }

  /// What `kv` is for a delete of `key` at `revision`.
  public static KeyValue tombstone(Bytes key, long revision) {
    return new KeyValue(key, Bytes.EMPTY, 0, revision, 0, 0);
  }
}
