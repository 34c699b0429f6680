package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.createKey;
import static io.croft.store.embedded.Dsl.delete;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.texts;
import static io.croft.store.embedded.Dsl.txn;
import static io.croft.store.embedded.Dsl.update;
import static io.croft.store.embedded.Dsl.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.Bytes;
import io.croft.store.Compare;
import io.croft.store.Compare.Operator;
import io.croft.store.Compare.Target;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.StoreException;
import io.croft.store.StoreException.Invalid;
import io.croft.store.StoreException.Invalid.Rule;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TxnTest {
  private EmbeddedStore store;

  @BeforeEach
  void open() {
    store = StoreConfigs.inMemory();
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  @Tag("S2")
  void raisesTheRevisionByOneForEachChangingTransaction() {
    assertThat(txn(store, Op.put(b("a"), b("1"), 0), Op.put(b("b"), b("2"), 0)).revision())
        .isEqualTo(2);
    assertThat(txn(store, Op.get(b("a"))).revision()).isEqualTo(2);
    assertThat(delete(store, "absent")).isEqualTo(2);
    assertThat(createKey(store, "a", "x").revision()).isEqualTo(2);
    assertThat(store.revision()).isEqualTo(2);
    assertThat(put(store, "a", "1")).isEqualTo(3);
  }

  @Test
  @Tag("S3")
  void countsVersionsFromEachCreation() {
    put(store, "a", "1");
    put(store, "a", "2");
    assertThat(get("a")).isEqualTo(new KeyValue(b("a"), b("2"), 2, 3, 2, 0));
    delete(store, "a");
    put(store, "a", "3");
    assertThat(get("a")).isEqualTo(new KeyValue(b("a"), b("3"), 5, 5, 1, 0));
  }

  @Test
  @Tag("S4")
  void createSucceedsOnceAndFailsWithoutResultsAfterwards() {
    assertThat(createKey(store, "a", "1"))
        .isEqualTo(new TxnResult(2, true, List.of(new TxnResult.Put(null))));
    assertThat(createKey(store, "a", "2")).isEqualTo(new TxnResult(2, false, List.of()));
  }

  @Test
  @Tag("S4")
  void updateGivesTheCurrentValueWhenItIsNotTheExpectedOne() {
    createKey(store, "a", "1");
    assertThat(update(store, "a", 2, "2").succeeded()).isTrue();
    TxnResult stale = update(store, "a", 2, "3");
    assertThat(stale.succeeded()).isFalse();
    assertThat(ranged(stale, 0)).containsExactly(new KeyValue(b("a"), b("2"), 2, 3, 2, 0));
    TxnResult gone = update(store, "absent", 2, "3");
    assertThat(gone.succeeded()).isFalse();
    assertThat(ranged(gone, 0)).isEmpty();
    assertThat(update(store, "absent", 0, "3").succeeded()).isTrue();
  }

  @Test
  @Tag("S4")
  void compactionLockComparesTheVersionOfItsKey() {
    assertThat(lock(0, "0").succeeded()).isTrue();
    assertThat(lock(1, "7").succeeded()).isTrue();
    TxnResult lost = lock(1, "8");
    assertThat(lost.succeeded()).isFalse();
    assertThat(ranged(lost, 0).getFirst().version()).isEqualTo(2);
    assertThat(ranged(lost, 0).getFirst().value()).isEqualTo(b("7"));
  }

  private TxnResult lock(long version, String value) {
    Bytes key = b("compact_rev_key");
    return store.txn(
        new Txn(
            List.of(
                new Compare(
                    key, Bytes.EMPTY, Target.VERSION, Operator.EQUAL, version, Bytes.EMPTY)),
            List.of(Op.put(key, b(value), 0)),
            List.of(Op.get(key))));
  }

  @Test
  @Tag("S5")
  void readsSeeTheWritesBeforeThemInTheSameTransaction() {
    put(store, "a", "0");
    TxnResult result =
        txn(store, Op.get(b("a")), Op.put(b("a"), b("1"), 0), Op.get(b("a")), Op.get(b("b")));
    assertThat(ranged(result, 0)).extracting(KeyValue::value).containsExactly(b("0"));
    assertThat(ranged(result, 2)).containsExactly(new KeyValue(b("a"), b("1"), 2, 3, 2, 0));
    assertThat(ranged(result, 3)).isEmpty();
  }

  @Test
  void nestedTransactionsAreDecidedBeforeAnythingIsDone() {
    Txn nested =
        new Txn(
            List.of(Compare.modRevision(b("a"), 0)),
            List.of(Op.put(b("b"), b("a was absent"), 0)),
            List.of(Op.put(b("b"), b("a was there"), 0)));
    TxnResult result = txn(store, Op.put(b("a"), b("1"), 0), new Op.Nested(nested));
    assertThat(value(store, "b")).isEqualTo("a was absent");
    assertThat(((TxnResult.Nested) result.results().get(1)).txn().succeeded()).isTrue();
    assertThat(store.revision()).isEqualTo(2);
  }

  @Test
  void deletesARangeAndGivesWhatWasThere() {
    for (String key : List.of("a", "b1", "b2", "c")) {
      put(store, key, "of " + key);
    }
    TxnResult result = txn(store, new Op.Delete(b("b"), b("c"), true));
    TxnResult.Deleted deleted = (TxnResult.Deleted) result.results().getFirst();
    assertThat(deleted.count()).isEqualTo(2);
    assertThat(texts(deleted.previous())).containsExactly("b1=of b1", "b2=of b2");
    assertThat(texts(all(store))).containsExactly("a=of a", "c=of c");
    assertThat(store.revision()).isEqualTo(6);
  }

  @Test
  void putKeepsValueOrLeaseWhenAsked() {
    long lease = store.leases().grant(0, 60).id();
    put(store, "a", "1", lease);
    txn(store, new Op.Put(b("a"), Bytes.EMPTY, 0, false, true, true));
    assertThat(get("a")).isEqualTo(new KeyValue(b("a"), b("1"), 2, 3, 2, lease));
    TxnResult result = txn(store, new Op.Put(b("a"), b("2"), 0, true, false, false));
    assertThat(((TxnResult.Put) result.results().getFirst()).previous())
        .isEqualTo(new KeyValue(b("a"), b("1"), 2, 3, 2, lease));
    assertThat(get("a").lease()).isZero();
    assertRule(Rule.KEY_NOT_FOUND, new Op.Put(b("no"), Bytes.EMPTY, 0, false, true, false));
  }

  @ParameterizedTest
  @CsvSource({
    "MOD, EQUAL, 3, true",
    "MOD, NOT_EQUAL, 3, false",
    "MOD, GREATER, 2, true",
    "MOD, GREATER, 3, false",
    "MOD, LESS, 4, true",
    "CREATE, EQUAL, 2, true",
    "CREATE, LESS, 2, false",
    "VERSION, EQUAL, 2, true",
    "VERSION, GREATER, 2, false",
    "LEASE, EQUAL, 0, true",
    "LEASE, GREATER, 0, false",
  })
  void comparesNumbersOfAKey(Target target, Operator operator, long number, boolean holds) {
    put(store, "a", "1");
    put(store, "a", "2");
    Compare compare = new Compare(b("a"), Bytes.EMPTY, target, operator, number, Bytes.EMPTY);
    assertThat(holds(compare)).isEqualTo(holds);
  }

  @ParameterizedTest
  @CsvSource({
    "a, m, EQUAL, true",
    "a, m, NOT_EQUAL, false",
    "a, l, GREATER, true",
    "a, n, LESS, true",
    "a, mm, LESS, true",
    "absent, m, EQUAL, false",
    "absent, m, NOT_EQUAL, false",
  })
  void comparesValuesAsBytesAndNeverHoldsForAnAbsentKey(
      String key, String value, Operator operator, boolean holds) {
    put(store, "a", "m");
    assertThat(holds(new Compare(b(key), Bytes.EMPTY, Target.VALUE, operator, 0, b(value))))
        .isEqualTo(holds);
  }

  @Test
  void compareOfARangeHoldsForEveryKeyAndForNoneAsForAnAbsentOne() {
    put(store, "p1", "1");
    put(store, "p2", "1");
    put(store, "p2", "2");
    assertThat(holds(versionsOf("p", Operator.GREATER, 0))).isTrue();
    assertThat(holds(versionsOf("p", Operator.EQUAL, 1))).isFalse();
    assertThat(holds(versionsOf("q", Operator.EQUAL, 0))).isTrue();
    assertThat(holds(versionsOf("q", Operator.EQUAL, 1))).isFalse();
  }

  private static Compare versionsOf(String prefix, Operator operator, long number) {
    return new Compare(
        b(prefix), b(prefix).prefixEnd(), Target.VERSION, operator, number, Bytes.EMPTY);
  }

  private boolean holds(Compare compare) {
    return store.txn(new Txn(List.of(compare), List.of(), List.of())).succeeded();
  }

  static Stream<Arguments> brokenRules() {
    Op put = Op.put(b("k"), b("v"), 0);
    Op nestedPut = new Op.Nested(new Txn(List.of(), List.of(put), List.of()));
    Op deleteAll = new Op.Delete(Bytes.wrap(new byte[1]), Bytes.wrap(new byte[1]), false);
    Op nestedDelete = new Op.Nested(new Txn(List.of(), List.of(deleteAll), List.of()));
    return Stream.of(
        Arguments.of(Rule.EMPTY_KEY, List.of(Op.put(Bytes.EMPTY, b("v"), 0))),
        Arguments.of(Rule.EMPTY_KEY, List.of(Op.delete(Bytes.EMPTY))),
        Arguments.of(Rule.EMPTY_KEY, List.of(Op.get(Bytes.EMPTY))),
        Arguments.of(Rule.DUPLICATE_KEY, List.of(put, put)),
        Arguments.of(Rule.DUPLICATE_KEY, List.of(put, Op.delete(b("k")))),
        Arguments.of(Rule.DUPLICATE_KEY, List.of(deleteAll, put)),
        Arguments.of(Rule.DUPLICATE_KEY, List.of(put, nestedPut)),
        Arguments.of(Rule.DUPLICATE_KEY, List.of(nestedPut, nestedPut)),
        Arguments.of(Rule.DUPLICATE_KEY, List.of(put, nestedDelete)),
        Arguments.of(Rule.DUPLICATE_KEY, List.of(deleteAll, nestedPut)),
        Arguments.of(Rule.TOO_MANY_OPS, Collections.nCopies(129, Op.get(b("k")))),
        Arguments.of(Rule.TOO_MANY_OPS, List.of(deep(128))),
        Arguments.of(Rule.TOO_MANY_OPS, nesting(126, 3)),
        Arguments.of(Rule.TOO_MANY_OPS, nesting(128, 1)),
        Arguments.of(
            Rule.VALUE_PROVIDED, List.of(new Op.Put(b("k"), b("v"), 0, false, true, false))),
        Arguments.of(
            Rule.LEASE_PROVIDED, List.of(new Op.Put(b("k"), b("v"), 7, false, false, true))),
        Arguments.of(Rule.TOO_LARGE, List.of(Op.put(b("k"), Bytes.wrap(new byte[2 << 20]), 0))));
  }

  private static Op deep(int levels) {
    Op op = Op.get(b("k"));
    for (int i = 0; i < levels; i++) {
      op = new Op.Nested(new Txn(List.of(), List.of(op), List.of()));
    }
    return op;
  }

  private static List<Op> nesting(int around, int within) {
    List<Op> ops = new ArrayList<>(Collections.nCopies(around - 1, Op.get(b("k"))));
    List<Op> nested = Collections.nCopies(within, Op.get(b("k")));
    ops.add(new Op.Nested(new Txn(List.of(), nested, List.of())));
    return ops;
  }

  /// As etcd: what is nested has what the lists around it left of the 128.
  @Test
  @Tag("S6")
  void nestedTransactionsHaveTheOperationsThatAreLeft() {
    assertThat(txn(store, deep(127)).succeeded()).isTrue();
    assertThat(store.txn(new Txn(List.of(), nesting(126, 2), List.of())).succeeded()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("brokenRules")
  @Tag("S6")
  void refusesWhatBreaksARuleInEitherBranch(Rule rule, List<Op> ops) {
    assertThatExceptionOfType(Invalid.class)
        .isThrownBy(() -> store.txn(new Txn(List.of(), ops, List.of())))
        .satisfies(e -> assertThat(e.rule()).isEqualTo(rule));
    assertThatExceptionOfType(Invalid.class)
        .isThrownBy(() -> store.txn(new Txn(List.of(), List.of(), ops)))
        .satisfies(e -> assertThat(e.rule()).isEqualTo(rule));
    assertThat(store.revision()).isEqualTo(1);
  }

  @Test
  void allowsTheSameKeyInBranchesThatExcludeEachOther() {
    Op put = Op.put(b("k"), b("v"), 0);
    txn(store, new Op.Nested(new Txn(List.of(), List.of(put), List.of(put))));
    assertThat(value(store, "k")).isEqualTo("v");
  }

  @Test
  @Tag("S40")
  void takesAValueOfAlmostTheLimit() {
    txn(store, Op.put(b("k"), Bytes.wrap(new byte[1_400_000]), 0));
    assertThat(get("k").value().length()).isEqualTo(1_400_000);
  }

  @Test
  void undoesATransactionThatFailsHalfWay() {
    put(store, "a", "1");
    assertThatThrownBy(() ->
            txn(store, Op.put(b("a"), b("2"), 0), Op.delete(b("b")), Op.put(b("c"), b("3"), 99)))
        .isInstanceOf(StoreException.LeaseNotFound.class);
    assertThatThrownBy(() ->
            txn(
                store,
                Op.put(b("a"), b("2"), 0),
                new Op.Range(RangeRequest.key(b("a")).atRevision(50))))
        .isInstanceOf(StoreException.FutureRevision.class);
    assertThat(texts(all(store))).containsExactly("a=1");
    assertThat(put(store, "a", "3")).isEqualTo(3);
    assertThat(get("a").version()).isEqualTo(2);
  }

  private void assertRule(Rule rule, Op op) {
    assertThatExceptionOfType(Invalid.class)
        .isThrownBy(() -> txn(store, op))
        .satisfies(e -> assertThat(e.rule()).isEqualTo(rule));
  }

  private static List<KeyValue> ranged(TxnResult result, int index) {
    return ((TxnResult.Ranged) result.results().get(index)).range().kvs();
  }

  private KeyValue get(String key) {
    return store.range(RangeRequest.key(b(key))).kvs().getFirst();
  }
}
