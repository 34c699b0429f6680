package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.b;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.StoreException.Invalid;
import io.croft.store.Txn;
import io.croft.store.internal.state.KeyRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TxnRulesTest {
  private static final int MAX_BYTES = 2 << 20;

  private final SplittableRandom random = new SplittableRandom(1);

  /// etcd's rule as it is written there (`checkIntervals`), by searches through everything.
  private static final class Model {
    private final Set<Bytes> puts = new HashSet<>();
    private final List<KeyRange> deletes = new ArrayList<>();
    private boolean broken;

    static Model of(List<Op> ops) {
      Model model = new Model();
      for (Op op : ops) {
        if (op instanceof Op.Delete delete) {
          model.deletes.add(KeyRange.of(delete.key(), delete.rangeEnd()));
        }
      }
      for (Op op : ops) {
        if (op instanceof Op.Nested(var txn)) {
          model.nested(of(txn.then()), of(txn.otherwise()));
        }
      }
      for (Op op : ops) {
        if (op instanceof Op.Put put) {
          model.put(put.key(), Set.of());
        }
      }
      return model;
    }

    private void nested(Model then, Model otherwise) {
      broken |= then.broken || otherwise.broken;
      then.puts.forEach(key -> put(key, Set.of()));
      otherwise.puts.forEach(key -> put(key, then.puts));
      deletes.addAll(then.deletes);
      deletes.addAll(otherwise.deletes);
    }

    private void put(Bytes key, Set<Bytes> exclusive) {
      broken |= deletes.stream().anyMatch(range -> range.contains(key));
      broken |= !puts.add(key) && !exclusive.contains(key);
    }
  }

  @Test
  void findsDuplicateKeysAsEtcdDoes() {
    int broken = 0;
    for (int i = 0; i < 20_000; i++) {
      List<Op> then = ops(1 + random.nextInt(4), 4);
      List<Op> otherwise = ops(random.nextInt(2), 2);
      boolean expected = Model.of(then).broken || Model.of(otherwise).broken;
      assertThat(isDuplicate(then, otherwise)).as("%s, %s", then, otherwise).isEqualTo(expected);
      broken += expected ? 1 : 0;
    }
    assertThat(broken).isBetween(2_000, 18_000);
  }

  private static boolean isDuplicate(List<Op> then, List<Op> otherwise) {
    try {
      TxnRules.check(new Txn(List.of(), then, otherwise), MAX_BYTES);
      return false;
    } catch (Invalid e) {
      assertThat(e.rule()).isEqualTo(Invalid.Rule.DUPLICATE_KEY);
      return true;
    }
  }

  private List<Op> ops(int count, int depth) {
    List<Op> ops = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ops.add(
          switch (random.nextInt(depth > 0 ? 8 : 5)) {
            case 0 -> new Op.Delete(key(), random.nextBoolean() ? key() : Bytes.EMPTY, false);
            case 1 -> Op.get(key());
            case 2, 3, 4 -> Op.put(key(), Bytes.EMPTY, 0);
            default -> {
              List<Op> then = ops(random.nextInt(4), depth - 1);
              yield new Op.Nested(new Txn(List.of(), then, ops(random.nextInt(3), depth - 1)));
            }
          });
    }
    return ops;
  }

  private Bytes key() {
    return b("k%02d".formatted(random.nextInt(40)));
  }

  /// Each put is looked for among as many deletions.
  @Test
  void takesManyNestedOperations() {
    List<Op> halves = new ArrayList<>();
    for (int i = 0; i < 42; i++) {
      halves.add(nested(i, "a", true));
    }
    for (int i = 0; i < 42; i++) {
      halves.add(nested(i, "b", false));
    }
    assertThatCode(() -> TxnRules.check(new Txn(List.of(), halves, List.of()), MAX_BYTES))
        .doesNotThrowAnyException();
  }

  private static Op nested(int i, String prefix, boolean delete) {
    List<Op> middle = new ArrayList<>();
    for (int j = 0; j < 22; j++) {
      List<Op> ops = new ArrayList<>();
      for (int k = 0; k < 22; k++) {
        Bytes key = b("%s%x.%x.%x".formatted(prefix, i, j, k));
        ops.add(delete ? Op.delete(key) : Op.put(key, Bytes.EMPTY, 0));
      }
      middle.add(new Op.Nested(new Txn(List.of(), ops, List.of())));
    }
    return new Op.Nested(new Txn(List.of(), middle, List.of()));
  }
}
