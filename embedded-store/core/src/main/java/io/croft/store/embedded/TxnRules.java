package io.croft.store.embedded;

import io.croft.store.Bytes;
import io.croft.store.Compare;
import io.croft.store.Op;
import io.croft.store.StoreException.Invalid;
import io.croft.store.StoreException.Invalid.Rule;
import io.croft.store.Txn;
import io.croft.store.internal.state.KeyRange;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/// etcd's rules for the form of a transaction, checked before anything is done.
final class TxnRules {
  /// The most comparisons, and operations per branch. A nested transaction has what the longest of
  /// the three lists around it left of this; so nesting ends somewhere, too.
  private static final int MAX_OPS = 128;

  /// About what an operation takes on the heap beside its bytes.
  private static final long OVERHEAD = 200;

  private final int maxBytes;
  private long ops;
  private long bytes;

  private TxnRules(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /// @param maxBytes the most that keys and values may have together
  /// @throws Invalid naming the rule that is broken
  /// @return what it takes on the heap, about, in bytes
  static long check(Txn txn, int maxBytes) {
    TxnRules rules = new TxnRules(maxBytes);
    rules.walk(txn, MAX_OPS);
    Writes.of(txn.then());
    Writes.of(txn.otherwise());
    return rules.bytes + rules.ops * OVERHEAD;
  }

  private void walk(Txn txn, int maxOps) {
    int ops = Math.max(txn.compares().size(), Math.max(txn.then().size(), txn.otherwise().size()));
    require(ops <= maxOps, Rule.TOO_MANY_OPS);
    this.ops += txn.compares().size() + txn.then().size() + txn.otherwise().size();
    for (Compare compare : txn.compares()) {
      checkKey(compare.key());
      count(compare.rangeEnd().length() + compare.value().length());
    }
    txn.then().forEach(op -> walk(op, maxOps - ops));
    txn.otherwise().forEach(op -> walk(op, maxOps - ops));
  }

  private void walk(Op op, int maxOps) {
    switch (op) {
      case Op.Range(var range) -> {
        checkKey(range.key());
        count(range.rangeEnd().length());
      }
      case Op.Put put -> walk(put);
      case Op.Delete delete -> {
        checkKey(delete.key());
        count(delete.rangeEnd().length());
      }
      case Op.Nested(var txn) -> walk(txn, maxOps);
    }
  }

  private void walk(Op.Put put) {
    checkKey(put.key());
    count(put.value().length());
    require(!put.ignoreValue() || put.value().isEmpty(), Rule.VALUE_PROVIDED);
    require(!put.ignoreLease() || put.lease() == 0, Rule.LEASE_PROVIDED);
  }

  private void checkKey(Bytes key) {
    require(!key.isEmpty(), Rule.EMPTY_KEY);
    count(key.length());
  }

  private void count(int length) {
    bytes += length;
    require(bytes <= maxBytes, Rule.TOO_LARGE);
  }

  private static void require(boolean holds, Rule rule) {
    if (!holds) {
      throw new Invalid(rule);
    }
  }

  /// What a list of operations may write. No key may be put twice, or put and deleted; branches
  /// that exclude each other do not count as twice. Smaller sets go into larger ones, so that deep
  /// nesting does not cost more than flat lists.
  private static final class Writes {
    private NavigableSet<Bytes> puts = new TreeSet<>();
    private KeyRanges deletes = new KeyRanges();

    static Writes of(List<Op> ops) {
      Writes all = new Writes();
      for (Op op : ops) {
        if (op instanceof Op.Delete delete) {
          all.deletes.add(KeyRange.of(delete.key(), delete.rangeEnd()));
        }
      }
      for (Op op : ops) {
        if (op instanceof Op.Nested(var txn)) {
          all.addNested(of(txn.then()), of(txn.otherwise()));
        }
      }
      for (Op op : ops) {
        if (op instanceof Op.Put put) {
          require(!all.deletes.contains(put.key()) && all.puts.add(put.key()), Rule.DUPLICATE_KEY);
        }
      }
      return all;
    }

    private void addNested(Writes then, Writes otherwise) {
      NavigableSet<Bytes> nested = union(then.puts, otherwise.puts);
      require(!deletes.containsAnyOf(nested) && areDisjoint(puts, nested), Rule.DUPLICATE_KEY);
      puts = union(puts, nested);
      deletes = deletes.with(then.deletes).with(otherwise.deletes);
    }

    private static boolean areDisjoint(NavigableSet<Bytes> a, NavigableSet<Bytes> b) {
      return a.size() < b.size()
          ? a.stream().noneMatch(b::contains)
          : b.stream().noneMatch(a::contains);
    }

    /// Of two sets that are given up.
    private static NavigableSet<Bytes> union(NavigableSet<Bytes> a, NavigableSet<Bytes> b) {
      if (a.size() < b.size()) {
        return union(b, a);
      }
      a.addAll(b);
      return a;
    }
  }
}
