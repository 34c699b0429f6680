package io.croft.store.internal.state;

import io.croft.store.Bytes;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.DataType;
import org.h2.mvstore.type.StringDataType;

/// The maps of the state.
///
/// @param rows what each key has now
/// @param past what keys had before, until that is compacted away
/// @param log the changes, in order, until they are compacted away
/// @param leases lease to time to live in seconds
/// @param attachments the keys of each lease; the value means nothing
record Maps(
    MVMap<Bytes, Row> rows,
    MVMap<Past.Id, Past> past,
    MVMap<LogEntry.Id, LogEntry> log,
    MVMap<Long, Long> leases,
    MVMap<Attachment, Long> attachments) {
  static Maps open(MVStore store) {
    return new Maps(
        map(store, "rows", MapType.BYTES, MapType.ROW),
        map(store, "past", MapType.PAST_ID, MapType.PAST),
        map(store, "log", MapType.LOG_ID, MapType.LOG_ENTRY),
        map(store, "leases", MapType.NUMBER, MapType.NUMBER),
        map(store, "attachments", MapType.ATTACHMENT, MapType.NUMBER));
  }

  /// Numbers about the state itself, only changed right before a commit.
  static MVMap<String, Long> numbers(MVStore store) {
    return map(store, "numbers", StringDataType.INSTANCE, MapType.NUMBER);
  }

  private static <K, V> MVMap<K, V> map(
      MVStore store, String name, DataType<K> keys, DataType<V> values) {
    return store.openMap(name, new MVMap.Builder<K, V>().keyType(keys).valueType(values));
  }

  /// The maps as they are now and will stay, whatever is done to these.
  Maps freeze() {
    return new Maps(
        new Frozen<>(rows),
        new Frozen<>(past),
        new Frozen<>(log),
        new Frozen<>(leases),
        new Frozen<>(attachments));
  }

  /// A copy that keeps the root page, and with it all pages below, which are never changed in
  /// place.
  private static final class Frozen<K, V> extends MVMap<K, V> {
    Frozen(MVMap<K, V> map) {
      super(map);
    }
  }
}
