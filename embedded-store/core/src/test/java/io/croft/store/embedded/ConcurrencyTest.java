package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.Compare;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.RangeResult;
import io.croft.store.StoreException;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConcurrencyTest {
  private static final int WRITES = Integer.getInteger("croft.concurrency.writes", 4_000);

  /// Runs `threads` of each and waits for the first kind to end. On platform threads, as virtual
  /// ones that never wait would not let the others on.
  private static void race(int threads, Runnable bounded, Runnable endless) throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService executor = Executors.newCachedThreadPool()) {
      List<Future<?>> first = new ArrayList<>();
      List<Future<?>> second = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        first.add(executor.submit(bounded));
        second.add(
            executor.submit(() -> {
              while (!done.get()) {
                endless.run();
              }
            }));
      }
      try {
        for (Future<?> future : first) {
          future.get();
        }
      } finally {
        done.set(true);
      }
      for (Future<?> future : second) {
        future.get();
      }
    }
  }

  /// A read that misses a key at revision R means that the key did not exist at R.
  @Test
  @Tag("S12")
  void aRangeIsOfTheVeryRevisionThatItSays() throws Exception {
    ConcurrentHashMap<String, Long> created = new ConcurrentHashMap<>();
    ConcurrentHashMap<String, Long> missed = new ConcurrentHashMap<>();
    AtomicLong counter = new AtomicLong();
    try (EmbeddedStore store = StoreConfigs.inMemory()) {
      race(
          8,
          () -> {
            for (int i = 0; i < WRITES / 8; i++) {
              String key = "key-" + counter.incrementAndGet();
              created.put(key, put(store, key, "v"));
            }
          },
          () -> {
            String key = "key-" + (counter.get() + ThreadLocalRandom.current().nextInt(4));
            RangeResult result = store.range(RangeRequest.key(b(key)));
            if (result.kvs().isEmpty()) {
              missed.merge(key, result.revision(), Math::max);
            } else {
              assertThat(result.kvs().getFirst().modRevision())
                  .isLessThanOrEqualTo(result.revision());
            }
          });
    }
    assertThat(created).hasSize(WRITES / 8 * 8);
    missed.forEach((key, revision) ->
        assertThat(created.getOrDefault(key, Long.MAX_VALUE)).isGreaterThan(revision));
  }

  /// Money moves between accounts; every read, of any revision, finds the same sum.
  @Test
  @Tag("S56")
  void readersOfAnyRevisionSeeWholeTransactions() throws Exception {
    int accounts = 20;
    try (EmbeddedStore store = StoreConfigs.inMemory()) {
      for (int i = 0; i < accounts; i++) {
        put(store, "account-%02d".formatted(i), "100");
      }
      AtomicLong transfers = new AtomicLong();
      race(
          4,
          () -> {
            SplittableRandom random = new SplittableRandom(Thread.currentThread().threadId());
            for (int i = 0; i < WRITES / 8; i++) {
              transfers.addAndGet(transfer(store, random, accounts) ? 1 : 0);
            }
          },
          () -> {
            long now = store.revision();
            long at = Math.max(accounts + 1, now - ThreadLocalRandom.current().nextInt(50));
            List<KeyValue> kvs =
                store.range(RangeRequest.prefix(b("account-")).atRevision(at)).kvs();
            assertThat(kvs).hasSize(accounts);
            assertThat(kvs.stream().mapToLong(ConcurrencyTest::amount).sum())
                .isEqualTo(accounts * 100L);
          });
      assertThat(transfers.get()).isPositive();
    }
  }

  private static boolean transfer(EmbeddedStore store, SplittableRandom random, int accounts) {
    int first = random.nextInt(accounts);
    KeyValue from = account(store, first);
    KeyValue to = account(store, (first + 1 + random.nextInt(accounts - 1)) % accounts);
    long amount = random.nextLong(1, 20);
    TxnResult result =
        store.txn(
            new Txn(
                List.of(
                    Compare.modRevision(from.key(), from.modRevision()),
                    Compare.modRevision(to.key(), to.modRevision())),
                List.of(
                    Op.put(from.key(), b("" + (amount(from) - amount)), 0),
                    Op.put(to.key(), b("" + (amount(to) + amount)), 0)),
                List.of()));
    return result.succeeded();
  }

  private static KeyValue account(EmbeddedStore store, int number) {
    return store.range(RangeRequest.key(b("account-%02d".formatted(number)))).kvs().getFirst();
  }

  private static long amount(KeyValue kv) {
    return Long.parseLong(kv.value().asUtf8());
  }

  /// The data does not fit into the cache, so that readers go to the disk while they are
  /// interrupted.
  @Test
  @Tag("S47")
  void interruptsOfCallersNeverCloseTheStore(@TempDir Path directory) throws Exception {
    try (EmbeddedStore store = EmbeddedStore.open(directory, StoreConfigs.onDisk())) {
      String value = "x".repeat(4000);
      for (int i = 0; i < 1500; i++) {
        put(store, "key-%04d".formatted(i), value);
      }
      race(
          6,
          () -> {
            for (int i = 0; i < WRITES / 40; i++) {
              interruptible(() -> put(store, key(), value));
            }
          },
          () ->
              interruptible(
                  () -> store.range(RangeRequest.range(b(key()), b("z")).withLimit(20)).count()));
      assertThat(store.range(Dsl.everything()).count()).isEqualTo(1500);
    }
    try (EmbeddedStore store = EmbeddedStore.open(directory, StoreConfig.defaults())) {
      assertThat(store.range(Dsl.everything()).count()).isEqualTo(1500);
    }
  }

  private static String key() {
    return "key-%04d".formatted(ThreadLocalRandom.current().nextInt(1500));
  }

  /// Does it on a thread that is interrupted before or while it does it; the interrupt must
  /// survive.
  private static void interruptible(Runnable work) {
    Thread worker =
        Thread.ofVirtual()
            .unstarted(() -> {
              if (ThreadLocalRandom.current().nextBoolean()) {
                Thread.currentThread().interrupt();
              }
              work.run();
            });
    List<Throwable> failures = new ArrayList<>();
    worker.setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
    worker.start();
    worker.interrupt();
    boolean ended = false;
    while (!ended) {
      try {
        ended = worker.join(Duration.ofSeconds(20));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void refusesWritesBeyondItsQueueWithoutDoingThem() throws Exception {
    AtomicLong accepted = new AtomicLong();
    AtomicLong refused = new AtomicLong();
    try (EmbeddedStore store = StoreConfigs.inMemory(s -> s.maxQueuedWrites = 4);
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writes = new ArrayList<>();
      for (int i = 0; i < 20_000 && refused.get() == 0; i++) {
        int n = i;
        writes.add(
            executor.submit(() -> {
              try {
                put(store, "key-" + n, "v");
                accepted.incrementAndGet();
              } catch (StoreException.Overloaded e) {
                refused.incrementAndGet();
              }
            }));
      }
      for (Future<?> write : writes) {
        write.get();
      }
      assertThat(refused.get()).isPositive();
      assertThat(store.range(Dsl.everything()).count()).isEqualTo(accepted.get());
    }
  }
}
