package io.croft.store.etcd;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.RangeRequest;
import io.croft.store.RangeRequest.SortOrder;
import io.croft.store.RangeRequest.SortTarget;
import io.croft.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A range in pieces, all of the revision at which it was begun. Nothing is held between two
/// pieces, so that it may turn out that history has gone meanwhile. For one thread.
final class RangePieces {
  /// Pieces grow from few keys, so that the first is there soon, …
  private static final int FIRST_KEYS = 10;

  /// … to so many bytes, and one value more at most.
  private static final int PIECE_BYTES = 3 << 19;

  private final Store store;
  private final RangeRequest request;
  private @Nullable Bytes rest;
  private long at;
  private long revision;
  private long given;
  private int keys = FIRST_KEYS;

  /// @param request without order, filters and `countOnly`
  RangePieces(Store store, RangeRequest request) {
    this.store = store;
    this.request = request;
    this.rest = request.key();
    this.at = request.revision();
  }

  /// Whether there are more pieces.
  boolean hasNext() {
    return rest != null && (request.limit() == 0 || given < request.limit());
  }

  /// The next piece; only the first may be empty.
  List<KeyValue> next() {
    Bytes from = rest;
    if (from == null) {
      return List.of();
    }
    long most = request.limit() == 0 ? keys : Math.min(keys, request.limit() - given);
    Piece piece = new Piece(most, request.keysOnly());
    long seen =
        store.read(view -> {
          view.scan(from, request.rangeEnd(), at, piece);
          return view.revision();
        });
    if (revision == 0) {
      revision = seen;
      at = at == 0 ? seen : at;
    }
    rest = piece.beyond;
    given += piece.kvs.size();
    keys = Math.min(2 * keys, 1 << 20);
    return piece.kvs;
  }

  /// The store's revision at the first piece.
  long revision() {
    return revision;
  }

  /// How many keys all pieces had.
  long given() {
    return given;
  }

  /// How many keys follow the last piece, because of the limit.
  long countRest() {
    if (rest == null) {
      return 0;
    }
    return store
        .range(
            new RangeRequest(
                rest,
                request.rangeEnd(),
                0,
                at,
                SortOrder.NONE,
                SortTarget.KEY,
                false,
                true,
                0,
                0,
                0,
                0))
        .count();
  }

  private static final class Piece implements Predicate<KeyValue> {
    private final long most;
    private final boolean keysOnly;
    private final List<KeyValue> kvs = new ArrayList<>();
    private long bytes;
    private @Nullable Bytes beyond;

    Piece(long most, boolean keysOnly) {
      this.most = most;
      this.keysOnly = keysOnly;
    }

    @Override
    public boolean test(KeyValue kv) {
      if (kvs.size() == most || bytes >= PIECE_BYTES) {
        beyond = kv.key();
        return false;
      }
      KeyValue shown = keysOnly ? bare(kv) : kv;
      kvs.add(shown);
      bytes += shown.key().length() + shown.value().length();
      return true;
    }

    private static KeyValue bare(KeyValue kv) {
      return new KeyValue(
          kv.key(), Bytes.EMPTY, kv.createRevision(), kv.modRevision(), kv.version(), kv.lease());
    }
  }
}
