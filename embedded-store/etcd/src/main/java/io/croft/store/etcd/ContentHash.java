package io.croft.store.etcd;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.RangeRequest;
import io.croft.store.RangeResult;
import io.croft.store.Store;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// A checksum of all that is readable at a revision, keys, values and their revisions: equal for
/// equal contents, a store and its copy. Not etcd's own hash, which covers its files' history.
///
/// @param current the store's revision when it was made
/// @param value CRC-32C
record ContentHash(long current, int value) {
  private static final int PAGE = 500;

  /// @param revision 0 for the current one
  static ContentHash of(Store store, long revision) {
    CRC32C crc = new CRC32C();
    RangeRequest next = everyKeyFrom(Bytes.wrap(new byte[1]), revision);
    while (true) {
      RangeResult page = store.range(next);
      page.kvs().forEach(kv -> add(crc, kv));
      if (!page.more()) {
        return new ContentHash(page.revision(), (int) crc.getValue());
      }
      // All pages are of one revision: the one asked for, or the first page's.
      long pinned = next.revision() == 0 ? page.revision() : next.revision();
      next = everyKeyFrom(page.kvs().getLast().key().successor(), pinned);
    }
  }

  private static RangeRequest everyKeyFrom(Bytes key, long revision) {
    return RangeRequest.range(key, Bytes.wrap(new byte[1])).withLimit(PAGE).atRevision(revision);
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
