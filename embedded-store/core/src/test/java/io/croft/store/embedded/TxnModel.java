package io.croft.store.embedded;

import io.croft.store.Bytes;
import io.croft.store.Compare;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import io.croft.store.TxnResult.OpResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a store is to its clients, in the simplest way: a map, and transactions of equality
/// comparisons, puts and deletes of single keys, and ranges.
final class TxnModel implements Linearizability.Model<Map<Bytes, TxnModel.Cell>, Txn, TxnResult> {
  /// The revision of a change whose answer never came.
  private static final long UNKNOWN = -1;

  /// @param mod the revision of the last put, or `UNKNOWN`
  record Cell(Bytes value, long version, long mod) {}

  @Override
  public @Nullable Map<Bytes, Cell> step(
      Map<Bytes, Cell> state, Txn txn, @Nullable TxnResult result) {
    boolean succeeds = true;
    for (Compare compare : txn.compares()) {
      Boolean holds = holds(compare, state.get(compare.key()));
      if (holds == null) {
        // Only what was said can tell.
        holds = result == null || result.succeeded();
      }
      succeeds &= holds;
    }
    if (result != null && result.succeeded() != succeeds) {
      return null;
    }
    long revision = result == null ? UNKNOWN : result.revision();
    Map<Bytes, Cell> next = new TreeMap<>(state);
    List<Op> ops = succeeds ? txn.then() : txn.otherwise();
    for (int i = 0; i < ops.size(); i++) {
      OpResult said = result == null ? null : result.results().get(i);
      if (!perform(next, ops.get(i), revision, said)) {
        return null;
      }
    }
    return next;
  }

  /// @return null when it depends on a revision that is not known
  private static @Nullable Boolean holds(Compare compare, @Nullable Cell cell) {
    return switch (compare.target()) {
      case VALUE -> cell != null && cell.value().equals(compare.value());
      case VERSION -> (cell == null ? 0 : cell.version()) == compare.number();
      case MOD -> {
        long mod = cell == null ? 0 : cell.mod();
        boolean isKnown = mod != UNKNOWN || compare.number() == 0;
        yield isKnown ? (Boolean) (mod == compare.number()) : null;
      }
      case CREATE, LEASE -> throw new IllegalArgumentException("not in this model: " + compare);
    };
  }

  /// @return false when the operation cannot have had this result
  private static boolean perform(
      Map<Bytes, Cell> state, Op op, long revision, @Nullable OpResult said) {
    return switch (op) {
      case Op.Put put -> {
        Cell before = state.get(put.key());
        long version = before == null ? 1 : before.version() + 1;
        state.put(put.key(), new Cell(put.value(), version, revision));
        yield true;
      }
      case Op.Delete delete -> {
        long count = state.remove(delete.key()) == null ? 0 : 1;
        yield said == null || ((TxnResult.Deleted) said).count() == count;
      }
      case Op.Range(var range) -> {
        List<Map.Entry<Bytes, Cell>> expected = new ArrayList<>();
        for (Map.Entry<Bytes, Cell> entry : state.entrySet()) {
          Bytes key = entry.getKey();
          boolean isWithin =
              range.rangeEnd().isEmpty()
                  ? key.equals(range.key())
                  : key.compareTo(range.key()) >= 0 && key.compareTo(range.rangeEnd()) < 0;
          if (isWithin) {
            expected.add(entry);
          }
        }
        yield said == null || areSame(expected, ((TxnResult.Ranged) said).range().kvs());
      }
      case Op.Nested nested -> throw new IllegalArgumentException("not in this model: " + nested);
    };
  }

  private static boolean areSame(List<Map.Entry<Bytes, Cell>> expected, List<KeyValue> said) {
    if (expected.size() != said.size()) {
      return false;
    }
    for (int i = 0; i < said.size(); i++) {
      KeyValue kv = said.get(i);
      Cell cell = expected.get(i).getValue();
      boolean isSame =
          kv.key().equals(expected.get(i).getKey())
              && kv.value().equals(cell.value())
              && kv.version() == cell.version()
              && (cell.mod() == UNKNOWN || kv.modRevision() == cell.mod());
      if (!isSame) {
        return false;
      }
    }
    return true;
  }
}
