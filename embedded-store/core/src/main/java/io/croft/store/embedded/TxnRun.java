package io.croft.store.embedded;

import io.croft.store.Bytes;
import io.croft.store.Compare;
import io.croft.store.Event;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.StoreException;
import io.croft.store.StoreException.Invalid;
import io.croft.store.StoreException.Invalid.Rule;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import io.croft.store.TxnResult.OpResult;
import io.croft.store.internal.state.View;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Does a transaction on a scope.
final class TxnRun {
  private final Scope scope;

  /// What the comparisons of a transaction and of those nested in it said; all are made before
  /// anything is done, as etcd does.
  private final IdentityHashMap<Txn, Boolean> decisions = new IdentityHashMap<>();

  TxnRun(Scope scope) {
    this.scope = scope;
  }

  /// Whether a transaction cannot change anything, whatever its comparisons say.
  static boolean isReadOnly(Txn txn) {
    return areReadOnly(txn.then()) && areReadOnly(txn.otherwise());
  }

  private static boolean areReadOnly(List<Op> ops) {
    return ops.stream()
        .allMatch(op ->
            switch (op) {
              case Op.Range range -> true;
              case Op.Nested(var txn) -> isReadOnly(txn);
              case Op.Put put -> false;
              case Op.Delete delete -> false;
            });
  }

  TxnResult run(Txn txn) {
    decide(txn);
    return perform(txn);
  }

  private void decide(Txn txn) {
    boolean succeeded = txn.compares().stream().allMatch(this::holds);
    decisions.put(txn, succeeded);
    for (Op op : succeeded ? txn.then() : txn.otherwise()) {
      if (op instanceof Op.Nested(var nested)) {
        decide(nested);
      }
    }
  }

  private TxnResult perform(Txn txn) {
    boolean succeeded = Objects.requireNonNull(decisions.get(txn));
    List<OpResult> results = new ArrayList<>();
    for (Op op : succeeded ? txn.then() : txn.otherwise()) {
      results.add(perform(op));
    }
    return new TxnResult(scope.view().revision(), succeeded, List.copyOf(results));
  }

  private OpResult perform(Op op) {
    return switch (op) {
      case Op.Range(var range) ->
          new TxnResult.Ranged(scope.view().range(range, scope.allowance()));
      case Op.Put put -> put(put);
      case Op.Delete delete -> delete(delete);
      case Op.Nested(var txn) -> new TxnResult.Nested(perform(txn));
    };
  }

  private OpResult put(Op.Put put) {
    View view = scope.view();
    Bytes value = put.value();
    long lease = put.lease();
    if (put.ignoreValue() || put.ignoreLease()) {
      KeyValue present = view.get(put.key());
      if (present == null) {
        throw new Invalid(Rule.KEY_NOT_FOUND);
      }
      if (put.ignoreValue()) {
        scope.allowance().take(present);
        value = present.value();
      }
      lease = put.ignoreLease() ? present.lease() : lease;
    }
    if (lease != 0 && !view.hasLease(lease)) {
      throw new StoreException.LeaseNotFound(lease);
    }
    Event event = scope.put(put.key(), value, lease);
    if (event.previous() != null) {
      scope.allowance().take(event.previous());
    }
    return new TxnResult.Put(put.previous() ? event.previous() : null);
  }

  private OpResult delete(Op.Delete delete) {
    List<KeyValue> previous = new ArrayList<>();
    List<Bytes> doomed = doomed(delete);
    for (Bytes key : doomed) {
      KeyValue deleted = Objects.requireNonNull(scope.delete(key).previous());
      if (delete.previous()) {
        previous.add(deleted);
      }
    }
    return new TxnResult.Deleted(doomed.size(), previous);
  }

  /// @throws StoreException when it is more than fits into memory or onto the disk, before anything
  ///   is done
  private List<Bytes> doomed(Op.Delete delete) {
    List<Bytes> doomed = new ArrayList<>();
    long[] left = {scope.deletable()};
    View view = scope.view();
    view.scan(
        delete.key(),
        delete.rangeEnd(),
        0,
        kv -> {
          left[0] -= Scope.footprint(kv);
          // One key can always be deleted, whatever its value takes.
          if (left[0] < 0 && !doomed.isEmpty()) {
            throw scope.deletesTooMuch();
          }
          doomed.add(kv.key());
          return true;
        });
    return doomed;
  }

  private boolean holds(Compare compare) {
    View view = scope.view();
    if (compare.rangeEnd().isEmpty()) {
      return holds(compare, view.get(compare.key()));
    }
    boolean[] found = {false, true};
    view.scan(
        compare.key(),
        compare.rangeEnd(),
        0,
        kv -> {
          found[0] = true;
          found[1] = holds(compare, kv);
          return found[1];
        });
    return found[0] ? found[1] : holds(compare, null);
  }

  private static boolean holds(Compare compare, @Nullable KeyValue kv) {
    int order =
        switch (compare.target()) {
          case VERSION -> Long.compare(kv == null ? 0 : kv.version(), compare.number());
          case CREATE -> Long.compare(kv == null ? 0 : kv.createRevision(), compare.number());
          case MOD -> Long.compare(kv == null ? 0 : kv.modRevision(), compare.number());
          case LEASE -> Long.compare(kv == null ? 0 : kv.lease(), compare.number());
          case VALUE -> kv == null ? 0 : kv.value().compareTo(compare.value());
        };
    if (kv == null && compare.target() == Compare.Target.VALUE) {
      return false;
    }
    return switch (compare.operator()) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
    };
  }
}
