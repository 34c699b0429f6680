package io.croft.store.internal.state;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.RangeRequest;
import io.croft.store.RangeRequest.SortOrder;
import io.croft.store.RangeRequest.SortTarget;
import io.croft.store.RangeResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;

/// Answers one range request: etcd's rules for limit, count, filters and order.
final class RangeQuery {
  private final View view;
  private final RangeRequest request;
  private final RangeScan scan;
  private final long at;
  private final Allowance allowance;

  RangeQuery(View view, RangeRequest request, Allowance allowance) {
    this.allowance = allowance;
    this.view = view;
    this.request = request;
    this.scan = new RangeScan(view, KeyRange.of(request.key(), request.rangeEnd()));
    this.at = request.revision() <= 0 ? view.revision() : request.revision();
  }

  /// CRC32C over what all keys have at a revision.
  static int hash(View view, long revision) {
    Bytes zero = Bytes.wrap(new byte[1]);
    RangeQuery query =
        new RangeQuery(view, RangeRequest.range(zero, zero).atRevision(revision), new Allowance(0));
    view.checkReadable(query.at);
    CRC32C crc = new CRC32C();
    query.scan.forEach(query.at, kv -> update(crc, kv));
    return (int) crc.getValue();
  }

  private static void update(CRC32C crc, KeyValue kv) {
    ByteBuffer numbers = ByteBuffer.allocate(40);
    numbers.putInt(kv.key().length()).putInt(kv.value().length()).putLong(kv.createRevision());
    numbers.putLong(kv.modRevision()).putLong(kv.version()).putLong(kv.lease());
    crc.update(numbers.flip());
    crc.update(kv.key().array());
    crc.update(kv.value().array());
  }

  RangeResult run() {
    view.checkReadable(at);
    if (request.countOnly()) {
      return new RangeResult(view.revision(), List.of(), false, scan.count(at));
    }
    return isFiltered() || isSorted() ? filtered() : plain();
  }

  private boolean isFiltered() {
    return request.minModRevision() != 0
        || request.maxModRevision() != 0
        || request.minCreateRevision() != 0
        || request.maxCreateRevision() != 0;
  }

  private boolean isSorted() {
    return request.target() != SortTarget.KEY || request.order() == SortOrder.DESCEND;
  }

  private RangeResult plain() {
    if (request.rangeEnd().isEmpty() && at == view.revision()) {
      KeyValue kv = view.get(request.key());
      if (kv != null) {
        allowance.take(kv);
      }
      return kv == null ? result(List.of(), false, 0) : result(List.of(kv), false, 1);
    }
    boolean limited = request.limit() > 0;
    List<KeyValue> kvs = new ArrayList<>();
    scan.scan(
        at,
        kv -> {
          add(kvs, request.keysOnly() ? bare(kv) : kv);
          return !limited || kvs.size() < request.limit();
        });
    boolean full = limited && kvs.size() == request.limit();
    long count = full ? scan.count(at) : kvs.size();
    return result(kvs, count > kvs.size(), count);
  }

  /// Filters and order need all keys first; the limit comes last, and the count knows neither.
  private RangeResult filtered() {
    List<KeyValue> kvs = new ArrayList<>();
    long[] count = {0};
    scan.forEach(
        at,
        kv -> {
          count[0]++;
          if (passes(kv)) {
            add(kvs, kv);
          }
        });
    kvs.sort(order());
    boolean more = request.limit() > 0 && kvs.size() > request.limit();
    List<KeyValue> first = more ? kvs.subList(0, (int) request.limit()) : kvs;
    return result(first, more, count[0]);
  }

  private void add(List<KeyValue> kvs, KeyValue kv) {
    allowance.take(kv);
    kvs.add(kv);
  }

  private boolean passes(KeyValue kv) {
    return isWithin(kv.modRevision(), request.minModRevision(), request.maxModRevision())
        && isWithin(kv.createRevision(), request.minCreateRevision(), request.maxCreateRevision());
  }

  private static boolean isWithin(long revision, long min, long max) {
    return (min == 0 || revision >= min) && (max == 0 || revision <= max);
  }

  private Comparator<KeyValue> order() {
    Comparator<KeyValue> ascending =
        switch (request.target()) {
          case KEY -> Comparator.comparing(KeyValue::key);
          case VERSION -> Comparator.comparingLong(KeyValue::version);
          case CREATE -> Comparator.comparingLong(KeyValue::createRevision);
          case MOD -> Comparator.comparingLong(KeyValue::modRevision);
          case VALUE -> Comparator.comparing(KeyValue::value);
        };
    return request.order() == SortOrder.DESCEND ? ascending.reversed() : ascending;
  }

  private RangeResult result(List<KeyValue> kvs, boolean more, long count) {
    List<KeyValue> shown = request.keysOnly() ? kvs.stream().map(RangeQuery::bare).toList() : kvs;
    return new RangeResult(view.revision(), shown, more, count);
  }

  private static KeyValue bare(KeyValue kv) {
    return new KeyValue(
        kv.key(), Bytes.EMPTY, kv.createRevision(), kv.modRevision(), kv.version(), kv.lease());
  }
}
