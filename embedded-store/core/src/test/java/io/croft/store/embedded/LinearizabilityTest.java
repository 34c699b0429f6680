package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.b;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.Bytes;
import io.croft.store.Compare;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.RangeResult;
import io.croft.store.StoreException;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import io.croft.store.embedded.Linearizability.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Clients at the same time, power cuts in between: what they were told must be explained by some
/// order in which one thing happened after the other.
class LinearizabilityTest {
  private static final int HISTORIES = Integer.getInteger("croft.histories", 5);
  private static final int LIVES = 3;
  private static final int CLIENTS = 6;
  private static final int STEPS = 25;

  /// Keys come in groups; a transaction stays within one, so that the histories of groups can be
  /// checked apart.
  private static final int GROUPS = 3;

  private static final int KEYS = 3;

  private static boolean isLinearizable(List<Operation<Txn, TxnResult>> history) {
    return Linearizability.holds(new TxnModel(), Map.of(), history);
  }

  @Test
  @Tag("S43")
  @Tag("S56")
  void historiesWithPowerCutsAreLinearizable() throws Exception {
    long operations = 0;
    long unknown = 0;
    for (int i = 0; i < HISTORIES; i++) {
      Recorded recorded = new Recorded(56_000L + i);
      recorded.run();
      for (List<Operation<Txn, TxnResult>> group : recorded.groups()) {
        assertThat(isLinearizable(group)).as("seed %d: %s", 56_000L + i, group).isTrue();
        operations += group.size();
        unknown += group.stream().filter(o -> o.output() == null).count();
      }
      checkRevisions(recorded.all());
    }
    System.out.printf(
        "%d histories of %d operations, %d of them of unknown outcome%n",
        HISTORIES, operations, unknown);
    assertThat(unknown).isPositive().isLessThan(operations / 4);
  }

  /// Over all groups: no revision is given twice, and none is lower than what was told before.
  private static void checkRevisions(List<Operation<Txn, TxnResult>> history) {
    Set<Long> given = new HashSet<>();
    List<Operation<Txn, TxnResult>> told =
        history.stream().filter(o -> o.output() != null).toList();
    for (Operation<Txn, TxnResult> operation : told) {
      if (changes(operation)) {
        assertThat(given.add(revision(operation))).as("%s", operation).isTrue();
      }
    }
    List<Operation<Txn, TxnResult>> byReturn =
        told.stream().sorted(Comparator.comparingLong(Operation::returned)).toList();
    List<Operation<Txn, TxnResult>> byCall =
        told.stream().sorted(Comparator.comparingLong(Operation::called)).toList();
    long highest = 0;
    int next = 0;
    for (Operation<Txn, TxnResult> operation : byCall) {
      while (byReturn.get(next).returned() < operation.called()) {
        highest = Math.max(highest, revision(byReturn.get(next++)));
      }
      assertThat(revision(operation))
          .as("%s", operation)
          .isGreaterThanOrEqualTo(changes(operation) ? highest + 1 : highest);
    }
  }

  private static long revision(Operation<Txn, TxnResult> operation) {
    TxnResult output = operation.output();
    return output == null ? 0 : output.revision();
  }

  private static boolean changes(Operation<Txn, TxnResult> operation) {
    TxnResult output = operation.output();
    return output != null
        && output.results().stream()
            .anyMatch(r ->
                r instanceof TxnResult.Put
                    || (r instanceof TxnResult.Deleted(long count, var previous) && count > 0));
  }

  /// The story of a store and its clients.
  private static final class Recorded {
    private final SplittableRandom random;
    private final AtomicLong clock = new AtomicLong();
    private final Map<Integer, List<Operation<Txn, TxnResult>>> groups = new HashMap<>();
    private FaultyDisk disk = new FaultyDisk();

    Recorded(long seed) {
      this.random = new SplittableRandom(seed);
    }

    List<List<Operation<Txn, TxnResult>>> groups() {
      return List.copyOf(groups.values());
    }

    List<Operation<Txn, TxnResult>> all() {
      return groups.values().stream().flatMap(List::stream).toList();
    }

    void run() throws Exception {
      for (int life = 0; life < LIVES; life++) {
        List<Client> clients = live(life < LIVES - 1);
        disk =
            random.nextInt(4) == 0
                ? disk.afterKill()
                : disk.afterPowerCut(random, random.nextBoolean() ? 512 : 4096);
        clients.forEach(this::add);
      }
    }

    /// What is not known to have happened by now has not happened, or is on the disk.
    private void add(Client client) {
      long now = clock.incrementAndGet();
      client.history.forEach((group, operations) -> {
        for (Operation<Txn, TxnResult> operation : operations) {
          long returned = operation.output() == null ? now : operation.returned();
          groups
              .computeIfAbsent(group, g -> new ArrayList<>())
              .add(
                  new Operation<>(
                      operation.called(), returned, operation.input(), operation.output()));
        }
      });
    }

    private List<Client> live(boolean withPowerCut) throws Exception {
      List<Client> clients = new ArrayList<>();
      try (EmbeddedStore store = StoreConfigs.on(disk);
          ExecutorService executor = Executors.newFixedThreadPool(CLIENTS)) {
        if (withPowerCut) {
          disk.cutPowerAfter(random.nextInt(1, 2 * STEPS * CLIENTS));
        }
        for (int i = 0; i < CLIENTS; i++) {
          clients.add(new Client(store, random.split(), clock, i));
        }
        for (Future<Client> client : executor.invokeAll(clients)) {
          client.get();
        }
      }
      return clients;
    }
  }

  private static final class Client implements Callable<Client> {
    private final EmbeddedStore store;
    private final SplittableRandom random;
    private final AtomicLong clock;
    private final int number;
    private final Map<Integer, List<Operation<Txn, TxnResult>>> history = new HashMap<>();
    private final Map<Bytes, KeyValue> seen = new HashMap<>();

    Client(EmbeddedStore store, SplittableRandom random, AtomicLong clock, int number) {
      this.store = store;
      this.random = random;
      this.clock = clock;
      this.number = number;
    }

    @Override
    public Client call() {
      for (int i = 0; i < STEPS; i++) {
        int group = random.nextInt(GROUPS);
        Txn txn = txn(group, number + "." + i);
        long called = clock.incrementAndGet();
        TxnResult result;
        try {
          result = perform(txn);
          note(result);
        } catch (StoreException.Closed e) {
          result = null;
        }
        history
            .computeIfAbsent(group, g -> new ArrayList<>())
            .add(new Operation<>(called, clock.incrementAndGet(), txn, result));
        if (result == null) {
          return this;
        }
      }
      return this;
    }

    /// A range may go by itself, too.
    private TxnResult perform(Txn txn) {
      if (txn.compares().isEmpty()
          && txn.then().size() == 1
          && txn.then().getFirst() instanceof Op.Range(var request)
          && random.nextBoolean()) {
        RangeResult range = store.range(request);
        return new TxnResult(range.revision(), true, List.of(new TxnResult.Ranged(range)));
      }
      return store.txn(txn);
    }

    private void note(TxnResult result) {
      for (TxnResult.OpResult op : result.results()) {
        if (op instanceof TxnResult.Ranged(var range)) {
          range.kvs().forEach(kv -> seen.put(kv.key(), kv));
        }
      }
    }

    private Txn txn(int group, String value) {
      Bytes prefix = b("g" + group + "/");
      Bytes first = b("g" + group + "/" + random.nextInt(KEYS));
      Bytes second = b("g" + group + "/" + random.nextInt(KEYS));
      Op all = new Op.Range(RangeRequest.prefix(prefix));
      Op put = Op.put(first, b(value), 0);
      List<Op> pair =
          first.equals(second) ? List.of(put, all) : List.of(put, Op.put(second, b(value), 0));
      return switch (random.nextInt(6)) {
        case 0, 1 -> new Txn(List.of(), List.of(all), List.of());
        case 2 -> new Txn(List.of(), pair, List.of());
        case 3 -> new Txn(List.of(), List.of(Op.delete(first), all), List.of());
        default -> new Txn(List.of(compare(first)), pair, List.of(all));
      };
    }

    /// With what was seen of a key, which may not hold any more.
    private Compare compare(Bytes key) {
      KeyValue kv = seen.get(key);
      if (kv == null) {
        return Compare.modRevision(key, 0);
      }
      return switch (random.nextInt(3)) {
        case 0 -> Compare.modRevision(key, kv.modRevision());
        case 1 -> compare(key, Compare.Target.VERSION, kv.version(), Bytes.EMPTY);
        default -> compare(key, Compare.Target.VALUE, 0, kv.value());
      };
    }

    private static Compare compare(Bytes key, Compare.Target target, long number, Bytes value) {
      return new Compare(key, Bytes.EMPTY, target, Compare.Operator.EQUAL, number, value);
    }
  }

  private static Operation<Txn, TxnResult> put(long called, long returned, String value) {
    return operation(called, returned, true, Op.put(b("k"), b(value), 0), new TxnResult.Put(null));
  }

  private static Operation<Txn, TxnResult> operation(
      long called, long returned, boolean known, Op op, TxnResult.OpResult result) {
    return new Operation<>(
        called,
        returned,
        new Txn(List.of(), List.of(op), List.of()),
        known ? new TxnResult(called, true, List.of(result)) : null);
  }

  private static Operation<Txn, TxnResult> read(long called, long returned, KeyValue... kvs) {
    RangeResult range = new RangeResult(called, List.of(kvs), false, kvs.length);
    return operation(
        called,
        returned,
        true,
        new Op.Range(RangeRequest.prefix(b("k"))),
        new TxnResult.Ranged(range));
  }

  private static KeyValue kv(String key, String value, long mod, long version) {
    return new KeyValue(b(key), b(value), mod, mod, version, 0);
  }

  @Test
  void aReadDuringAPutMaySeeItOrNot() {
    assertThat(isLinearizable(List.of(put(1, 10, "a"), read(2, 3), read(4, 5, kv("k", "a", 1, 1)))))
        .isTrue();
    assertThat(isLinearizable(List.of(put(1, 10, "a"), read(2, 3, kv("k", "a", 1, 1)), read(4, 5))))
        .isFalse();
  }

  @Test
  void aStaleReadIsCaught() {
    assertThat(isLinearizable(List.of(put(1, 2, "a"), read(3, 4)))).isFalse();
    List<Operation<Txn, TxnResult>> history =
        List.of(put(1, 2, "a"), put(3, 4, "b"), read(5, 6, kv("k", "a", 1, 1)));
    assertThat(isLinearizable(history)).isFalse();
  }

  @Test
  void aPutOfUnknownOutcomeMayHaveHappenedUntilItsEndOnly() {
    Operation<Txn, TxnResult> lost =
        operation(1, 10, false, Op.put(b("k"), b("a"), 0), new TxnResult.Put(null));
    assertThat(isLinearizable(List.of(lost, read(11, 12)))).isTrue();
    assertThat(isLinearizable(List.of(lost, read(11, 12, kv("k", "a", 7, 1))))).isTrue();
    assertThat(isLinearizable(List.of(lost, read(2, 3), read(11, 12, kv("k", "a", 7, 1)))))
        .isTrue();
    assertThat(isLinearizable(List.of(lost, read(11, 12), read(13, 14, kv("k", "a", 7, 1)))))
        .isFalse();
    assertThat(isLinearizable(List.of(lost, read(2, 3, kv("k", "a", 7, 1)), read(11, 12))))
        .isFalse();
  }

  @Test
  void twoUpdatesOfTheSameVersionAreCaught() {
    List<Operation<Txn, TxnResult>> history = new ArrayList<>(List.of(put(1, 2, "a")));
    for (int i = 0; i < 2; i++) {
      Txn update =
          new Txn(
              List.of(Compare.modRevision(b("k"), 1)),
              List.of(Op.put(b("k"), b("b" + i), 0)),
              List.of());
      history.add(
          new Operation<>(
              3, 10, update, new TxnResult(3 + i, true, List.of(new TxnResult.Put(null)))));
    }
    assertThat(isLinearizable(history.subList(0, 2))).isTrue();
    assertThat(isLinearizable(history)).isFalse();
  }

  @Test
  void halfATransactionIsCaught() {
    Txn pair =
        new Txn(
            List.of(), List.of(Op.put(b("k1"), b("a"), 0), Op.put(b("k2"), b("a"), 0)), List.of());
    TxnResult done =
        new TxnResult(1, true, List.of(new TxnResult.Put(null), new TxnResult.Put(null)));
    Operation<Txn, TxnResult> write = new Operation<>(1, 10, pair, done);
    assertThat(isLinearizable(List.of(write, read(2, 3, kv("k1", "a", 1, 1), kv("k2", "a", 1, 1)))))
        .isTrue();
    assertThat(isLinearizable(List.of(write, read(2, 3, kv("k1", "a", 1, 1))))).isFalse();
  }

  /// Takes real histories and has one client be told something else than what it was told.
  @Test
  void whatWasNeverSaidIsCaught() throws Exception {
    Recorded recorded = new Recorded(1);
    recorded.run();
    int changed = 0;
    for (List<Operation<Txn, TxnResult>> group : recorded.groups()) {
      for (int i = 0; i < group.size(); i++) {
        Operation<Txn, TxnResult> wrong = withOtherValue(group.get(i));
        if (wrong != null) {
          List<Operation<Txn, TxnResult>> history = new ArrayList<>(group);
          history.set(i, wrong);
          assertThat(isLinearizable(history)).as("%s", wrong).isFalse();
          changed++;
        }
      }
    }
    assertThat(changed).isPositive();
  }

  private static @Nullable Operation<Txn, TxnResult> withOtherValue(
      Operation<Txn, TxnResult> operation) {
    TxnResult output = operation.output();
    if (output == null) {
      return null;
    }
    for (int i = 0; i < output.results().size(); i++) {
      if (output.results().get(i) instanceof TxnResult.Ranged(var range)
          && !range.kvs().isEmpty()) {
        KeyValue kv = range.kvs().getLast();
        List<KeyValue> kvs = new ArrayList<>(range.kvs());
        kvs.set(kvs.size() - 1, kv(kv.key().asUtf8(), "never", kv.modRevision(), kv.version()));
        List<TxnResult.OpResult> results = new ArrayList<>(output.results());
        results.set(i, new TxnResult.Ranged(new RangeResult(range.revision(), kvs, false, 0)));
        return new Operation<>(
            operation.called(),
            operation.returned(),
            operation.input(),
            new TxnResult(output.revision(), output.succeeded(), results));
      }
    }
    return null;
  }
}
