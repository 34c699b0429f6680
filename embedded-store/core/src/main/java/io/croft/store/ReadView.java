package io.croft.store;

import java.util.SortedMap;
import java.util.function.Predicate;

/// What the store has on disk at one moment, unaffected by what is written or compacted meanwhile.
/// Valid only within the call of [Store#read] that gave it.
public interface ReadView {
  /// The store's revision then.
  long revision();

  /// All leases by id, with the time to live in seconds that they were granted.
  SortedMap<Long, Long> leaseSeconds();

  /// Gives the keys of a range in order, without counting or collecting them, until `each` returns
  /// false.
  ///
  /// @param rangeEnd as in [RangeRequest]
  /// @param at the revision to read at, 0 for the view's own
  /// @throws StoreException.Compacted when that revision is gone
  /// @throws StoreException.FutureRevision when it is not there yet
  void scan(Bytes key, Bytes rangeEnd, long at, Predicate<KeyValue> each);
}
