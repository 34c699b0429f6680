package io.croft.store.etcd;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.Store;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// A checksum of all that is readable at a revision, keys, values and their revisions: equal for
/// equal contents, a store and its copy. Not etcd's own hash, which covers its files' history.
///
/// @param current the store's revision when it was made
/// @param value CRC-32C
record ContentHash(long current, int value) {
  /// @param revision 0 for the current one
  static ContentHash of(Store store, long revision) {
    Bytes zero = Bytes.wrap(new byte[1]);
    CRC32C crc = new CRC32C();
    Turns turns = new Turns();
    return store.read(view -> {
      view.scan(
          zero,
          zero,
          revision,
          kv -> {
            turns.next();
            add(crc, kv);
            return true;
          });
      return new ContentHash(view.revision(), (int) crc.getValue());
    });
  }

  private static void add(CRC32C crc, KeyValue kv) {
    ByteBuffer numbers = ByteBuffer.allocate(6 * Long.BYTES);
    numbers.putLong(kv.key().length()).putLong(kv.value().length());
    numbers.putLong(kv.createRevision()).putLong(kv.modRevision());
    numbers.putLong(kv.version()).putLong(kv.lease());
    crc.update(numbers.flip());
    crc.update(kv.key().array());
    crc.update(kv.value().array());
  }
}
