package io.croft.store.internal.state;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.RangeRequest;
import io.croft.store.RangeResult;
import io.croft.store.ReadView;
import io.croft.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.jspecify.annotations.Nullable;

/// The state at one revision, with the history below it. Reads never wait for the writer.
public final class View implements ReadView {
  private final long revision;
  private final long compacted;
  private final Maps maps;

  View(long revision, long compacted, Maps maps) {
    this.revision = revision;
    this.compacted = compacted;
    this.maps = maps;
  }

  @Override
  public long revision() {
    return revision;
  }

  /// The oldest revision that can be read; 0 when there was no compaction.
  public long compacted() {
    return compacted;
  }

  /// The same, unaffected by later changes.
  View frozen() {
    return new View(revision, compacted, maps.freeze());
  }

  Maps maps() {
    return maps;
  }

  /// The key as it is now; null when it is absent.
  public @Nullable KeyValue get(Bytes key) {
    Row row = maps.rows().get(key);
    return row == null ? null : row.of(key);
  }

  /// @param allowance for what it collects
  /// @throws StoreException.Compacted when the revision asked for is gone
  /// @throws StoreException.FutureRevision when it is not there yet
  /// @throws StoreException.Invalid when it is more than the allowance
  public RangeResult range(RangeRequest request, Allowance allowance) {
    return new RangeQuery(this, request, allowance).run();
  }

  @Override
  public void scan(Bytes key, Bytes rangeEnd, long at, Predicate<KeyValue> each) {
    long wanted = at <= 0 ? revision : at;
    checkReadable(wanted);
    new RangeScan(this, KeyRange.of(key, rangeEnd)).scan(wanted, each);
  }

  /// @throws StoreException.Compacted when the revision is gone
  /// @throws StoreException.FutureRevision when it is not there yet
  void checkReadable(long at) {
    if (at > revision) {
      throw new StoreException.FutureRevision(at, revision);
    }
    if (at < compacted) {
      throw new StoreException.Compacted(at, compacted);
    }
  }

  /// Gives every key as it is now, in order.
  ///
  /// @return how many there were
  public long forEach(Consumer<KeyValue> consumer) {
    long count = 0;
    Cursor<Bytes, Row> cursor = maps.rows().cursor(null);
    while (cursor.hasNext()) {
      Bytes key = cursor.next();
      consumer.accept(cursor.getValue().of(key));
      count++;
    }
    return count;
  }

  /// The changes from a revision on, which must not be below `compacted()`.
  public History history(long from) {
    return new History(maps, from);
  }

  /// How many keys there are now.
  public long size() {
    return maps.rows().sizeAsLong();
  }

  /// A checksum of all keys, values and revisions at a revision; 0 for the current one.
  public int hash(long at) {
    return RangeQuery.hash(this, at);
  }

  /// How many changes of keys are kept.
  public long historyLength() {
    return maps.log().sizeAsLong();
  }

  public boolean hasLease(long id) {
    return maps.leases().containsKey(id);
  }

  /// Time to live in seconds; null when there is no such lease.
  public @Nullable Long leaseSeconds(long id) {
    return maps.leases().get(id);
  }

  @Override
  public SortedMap<Long, Long> leaseSeconds() {
    SortedMap<Long, Long> seconds = new TreeMap<>();
    Cursor<Long, Long> cursor = maps.leases().cursor(null);
    while (cursor.hasNext()) {
      long id = cursor.next();
      seconds.put(id, cursor.getValue());
    }
    return seconds;
  }

  /// The ids of all leases, ascending.
  public List<Long> leases() {
    return maps.leases().keyList();
  }

  /// The keys on a lease, in order.
  public List<Bytes> attached(long lease) {
    List<Bytes> keys = new ArrayList<>();
    Attachment from = new Attachment(lease, Bytes.EMPTY);
    MVMap<Attachment, Long> attachments = maps.attachments();
    Cursor<Attachment, Long> cursor = attachments.cursor(from);
    while (cursor.hasNext()) {
      Attachment attachment = cursor.next();
      if (attachment.lease() != lease) {
        break;
      }
      keys.add(attachment.key());
    }
    return keys;
  }
}
