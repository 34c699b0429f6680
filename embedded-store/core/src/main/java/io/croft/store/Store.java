package io.croft.store;

import java.util.function.Function;

/// A durable, ordered, revisioned key-value store with etcd's model. Every method may be called
/// from any thread, virtual ones and interrupted ones included.
public interface Store extends AutoCloseable {
  /// The current revision; 1 for an empty store.
  long revision();

  /// The oldest revision that can be read; 0 before the first compaction.
  long compactedRevision();

  /// What the store takes on disk in bytes, as of its last checkpoint.
  long sizeBytes();

  /// What of that is in use, in bytes; what is not is used before more is taken.
  long usedBytes();

  /// Whether puts are refused as `NoSpace`, the disk or the quota being full.
  boolean isFull();

  /// Does a transaction; returns once it is on disk.
  ///
  /// @throws StoreException as its kinds say; then nothing was changed
  TxnResult txn(Txn txn);

  /// Reads a consistent snapshot of what is on disk.
  RangeResult range(RangeRequest request);

  /// Reads several things of one moment. While `reader` runs, space that writes give up cannot be
  /// used again: it should not wait for anybody.
  <T> T read(Function<ReadView, T> reader);

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
