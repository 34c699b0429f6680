package io.croft.store;

import java.util.function.Consumer;

/// A durable, ordered, revisioned key-value store with etcd's model. Every method may be called
/// from any thread, virtual ones and interrupted ones included.
public interface Store extends AutoCloseable {
  /// The current revision; 1 for an empty store.
  long revision();

  /// The oldest revision that can be read; 0 before the first compaction.
  long compactedRevision();

  /// What the store takes on disk in bytes, as of its last checkpoint.
  long sizeBytes();

  /// Does a transaction; returns once it is on disk.
  ///
  /// @throws StoreException as its kinds say; then nothing was changed
  TxnResult txn(Txn txn);

  /// Reads a consistent snapshot of what is on disk.
  RangeResult range(RangeRequest request);

  /// Gives all keys of a range one by one, in key order, as they were at one revision; takes memory
  /// for a few of them only. The store goes on meanwhile, compaction included, but keeps on disk
  /// what the scan needs until it ends.
  ///
  /// @param rangeEnd as in [RangeRequest]
  /// @param revision the revision to read at, 0 for the current one
  /// @return the store's revision of the very snapshot that was read
  /// @throws StoreException as `range` does, before the first key is given
  long scan(Bytes key, Bytes rangeEnd, long revision, Consumer<KeyValue> consumer);

  /// Opens a stream for watches.
  WatchStream watchStream();

  /// Forgets history older than `revision`, which itself stays readable; durable when this returns.
  /// Space is given back in the background.
  void compact(long revision);

  Leases leases();

  /// Ends the store: waits for writes under way, then closes its files. Repeatable.
  @Override
  void close();
}
