package io.croft.store.internal.state;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.jspecify.annotations.Nullable;

/// Finds and counts the keys of a range at a revision.
final class RangeScan {
  /// Up to how many revisions back the keys are counted by what has changed since.
  private static final long COUNT_BY_CHANGES = 10_000;

  private final View view;
  private final KeyRange range;

  RangeScan(View view, KeyRange range) {
    this.view = view;
    this.range = range;
  }

  /// Gives the keys at revision `at`, in order, until `each` returns false.
  void scan(long at, Predicate<KeyValue> each) {
    Source source = source(at);
    KeyValue kv = source.next();
    while (kv != null && each.test(kv)) {
      kv = source.next();
    }
  }

  /// Gives all keys at revision `at`, in order.
  void forEach(long at, Consumer<KeyValue> consumer) {
    Source source = source(at);
    for (KeyValue kv; (kv = source.next()) != null; ) {
      consumer.accept(kv);
    }
  }

  /// How many keys there are at revision `at`.
  long count(long at) {
    if (at == view.revision()) {
      return countNow();
    }
    if (view.revision() - at <= COUNT_BY_CHANGES) {
      return countNow() - grownSince(at);
    }
    long count = 0;
    for (Source source = source(at); source.next() != null; ) {
      count++;
    }
    return count;
  }

  private long countNow() {
    MVMap<Bytes, Row> rows = view.maps().rows();
    if (range.isEmpty() || rows.isEmpty()) {
      return 0;
    }
    long end = range.to() == null ? rows.sizeAsLong() : index(rows, range.to());
    return end - index(rows, range.from());
  }

  /// How many keys stand before `key`.
  private static long index(MVMap<Bytes, Row> rows, Bytes key) {
    long index = rows.getKeyIndex(key);
    return index >= 0 ? index : -index - 1;
  }

  private long grownSince(long at) {
    long grown = 0;
    for (History history = view.history(at + 1); history.next(); ) {
      if (range.contains(history.key())) {
        grown +=
            switch (history.kind()) {
              case PUT -> history.isCreation() ? 1 : 0;
              case DELETE -> -1;
            };
      }
    }
    return grown;
  }

  private Source source(long at) {
    return at == view.revision() ? new Present(at) : new Merged(new Present(at), new Gone(at));
  }

  /// Gives one key after the other; null at the end.
  private interface Source {
    @Nullable KeyValue next();
  }

  /// What was written at or before a revision and is still there.
  private final class Present implements Source {
    private final long at;
    private final Cursor<Bytes, Row> cursor = view.maps().rows().cursor(range.from());

    Present(long at) {
      this.at = at;
    }

    @Override
    public @Nullable KeyValue next() {
      while (cursor.hasNext()) {
        Bytes key = cursor.next();
        if (!range.endsAfter(key)) {
          return null;
        }
        Row row = cursor.getValue();
        if (row.mod() <= at) {
          return row.of(key);
        }
      }
      return null;
    }
  }

  /// What was there at a revision and has been replaced or deleted since.
  private final class Gone implements Source {
    /// After so many versions of one key that are not the one, they are jumped over.
    private static final int PATIENCE = 8;

    private final long at;
    private final MVMap<Past.Id, Past> past = view.maps().past();
    private Cursor<Past.Id, Past> cursor = past.cursor(new Past.Id(range.from(), 0));
    private Bytes skippedKey = Bytes.EMPTY;
    private int skipped;

    Gone(long at) {
      this.at = at;
    }

    @Override
    public @Nullable KeyValue next() {
      while (cursor.hasNext()) {
        Past.Id id = cursor.next();
        if (!range.endsAfter(id.key())) {
          return null;
        }
        Past version = cursor.getValue();
        if (id.mod() <= at && at < version.end()) {
          return version.row().of(id.key());
        }
        skip(id);
      }
      return null;
    }

    private void skip(Past.Id id) {
      skipped = id.key().equals(skippedKey) ? skipped + 1 : 1;
      skippedKey = id.key();
      if (skipped >= PATIENCE) {
        skipped = 0;
        Past.Id last = past.floorKey(new Past.Id(id.key(), at));
        boolean isAhead = last != null && last.compareTo(id) > 0;
        cursor = past.cursor(isAhead ? last : new Past.Id(id.key(), Long.MAX_VALUE));
      }
    }
  }

  /// Both in key order; they never have the same key.
  private static final class Merged implements Source {
    private final Source first;
    private final Source second;
    private @Nullable KeyValue fromFirst;
    private @Nullable KeyValue fromSecond;

    Merged(Source first, Source second) {
      this.first = first;
      this.second = second;
      fromFirst = first.next();
      fromSecond = second.next();
    }

    @Override
    public @Nullable KeyValue next() {
      KeyValue a = fromFirst;
      KeyValue b = fromSecond;
      if (a != null && (b == null || a.key().compareTo(b.key()) < 0)) {
        fromFirst = first.next();
        return a;
      }
      fromSecond = b == null ? null : second.next();
      return b;
    }
  }
}
