package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.delete;
import static io.croft.store.embedded.Dsl.events;
import static io.croft.store.embedded.Dsl.eventually;
import static io.croft.store.embedded.Dsl.everything;
import static io.croft.store.embedded.Dsl.nextMessage;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.texts;
import static io.croft.store.embedded.Dsl.watchEverything;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.StoreException;
import io.croft.store.WatchMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CompactionTest {
  private static final int POINTS = Integer.getInteger("croft.crash.points", 200) / 5;
  private static final int REVISIONS = Integer.getInteger("croft.compaction.revisions", 20_000);

  @Test
  @Tag("S13")
  void refusesRevisionsThatAreGoneOrNotYetThere() {
    try (EmbeddedStore store = StoreConfigs.inMemory()) {
      put(store, "a", "1");
      put(store, "a", "2");
      store.compact(2);
      assertThat(store.compactedRevision()).isEqualTo(2);
      assertThatThrownBy(() -> store.compact(2)).isInstanceOf(StoreException.Compacted.class);
      assertThatThrownBy(() -> store.compact(1)).isInstanceOf(StoreException.Compacted.class);
      assertThatThrownBy(() -> store.compact(4)).isInstanceOf(StoreException.FutureRevision.class);
      assertThat(store.revision()).isEqualTo(3);
    }
  }

  @Test
  @Tag("S13")
  void atTheCurrentRevisionKeepsLiveKeysOnly() {
    try (EmbeddedStore store = StoreConfigs.inMemory()) {
      put(store, "a", "1");
      put(store, "b", "1");
      put(store, "a", "2");
      delete(store, "b");
      store.compact(5);
      assertThat(texts(all(store))).containsExactly("a=2");
      assertThat(texts(store.range(everything().atRevision(5)).kvs())).containsExactly("a=2");
      put(store, "b", "3");
      assertThat(texts(store.range(everything().atRevision(5)).kvs())).containsExactly("a=2");
    }
  }

  @Test
  @Tag("S15")
  void isDurableOnceAcknowledgedAndGoesOnAfterAKill() {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      for (int i = 0; i < 5000; i++) {
        put(store, "hot", "v" + i);
      }
      store.compact(store.revision());
      FaultyDisk left = disk.afterKill();
      try (EmbeddedStore after = StoreConfigs.on(left)) {
        assertThat(after.compactedRevision()).isEqualTo(5001);
        assertThat(after.revision()).isEqualTo(5001);
        assertThat(texts(all(after))).containsExactly("hot=v4999");
        eventually(() -> after.status().changes() == 1, "history is gone");
      }
    }
  }

  /// The power goes at a random moment of a compaction's work in the background, while others
  /// write.
  @Test
  @Tag("S15")
  void goesOnAfterPowerCutsInItsMiddle() {
    SplittableRandom random = new SplittableRandom(15);
    for (int point = 0; point < POINTS; point++) {
      FaultyDisk disk = new FaultyDisk();
      long told;
      try (EmbeddedStore store = StoreConfigs.on(disk)) {
        for (int i = 0; i < 1_200; i++) {
          put(store, "key-" + i % 20, "v" + i);
        }
        store.compact(1_101);
        disk.cutPowerAfter(random.nextInt(1, 40));
        told = writeUntilThePowerIsOff(store);
      }
      try (EmbeddedStore after = StoreConfigs.on(disk.afterPowerCut(random, 512))) {
        assertThat(after.compactedRevision()).isEqualTo(1_101);
        assertThat(after.revision()).isBetween(told, told + 1);
        eventually(() -> !after.isCompacting(), "compaction is done");
        assertThat(after.status().changes()).isEqualTo(after.revision() - 1_100);
        List<KeyValue> old = after.range(everything().atRevision(1_101)).kvs();
        assertThat(old).hasSize(20).allMatch(kv -> kv.modRevision() > 1_081);
        assertThat(after.range(everything()).count()).isEqualTo(20 + after.revision() - 1_201);
        assertThatThrownBy(() -> after.range(everything().atRevision(1_100)))
            .isInstanceOf(StoreException.Compacted.class);
      }
    }
  }

  private static long writeUntilThePowerIsOff(EmbeddedStore store) {
    long told = 1_201;
    try {
      for (int i = 0; ; i++) {
        told = put(store, "new-" + i, "v");
      }
    } catch (StoreException.Closed e) {
      return told;
    }
  }

  /// Reads, writes and a watch go on while a long history is removed; how fast is printed.
  @Test
  @Tag("S14")
  void doesNotStopOthers() throws Exception {
    StoreConfig config =
        StoreConfigs.with(settings -> {
          settings.segmentBytes = 16 << 20;
          settings.checkpointLogBytes = 16 << 20;
          settings.checkpointInterval = Duration.ofMinutes(1);
          settings.cacheBytes = 64 << 20;
        });
    try (EmbeddedStore store = StoreConfigs.open(new FaultyDisk(), System::nanoTime, config)) {
      fill(store);
      long end = store.revision();
      long[] undisturbed = putAndReadOneByOne(store, 2_000);
      store.compact(end);
      int done = 0;
      long[] disturbed = {};
      try (var stream = store.watchStream()) {
        stream.watch(watchEverything(end));
        nextMessage(stream, WatchMessage.Created.class);
        while (store.isCompacting()) {
          disturbed = append(disturbed, putAndReadOneByOne(store, 20));
          done++;
        }
        events(stream, 1 + 2_000 + 20 * done);
      }
      assertThat(done).as("rounds of writing and reading during compaction").isPositive();
      assertThat(store.status().changes()).isEqualTo(store.revision() - end + 1);
      System.out.printf(
          "measured: put and read, p99 in microseconds: %d, during compaction of %d: %d%n",
          p99(undisturbed), end, p99(disturbed));
    }
  }

  private static void fill(EmbeddedStore store) throws Exception {
    try (ExecutorService executor = Executors.newFixedThreadPool(16)) {
      List<Callable<Void>> writers = new ArrayList<>();
      for (int writer = 0; writer < 16; writer++) {
        int number = writer;
        writers.add(() -> {
          for (int i = 0; i < REVISIONS / 16; i++) {
            put(store, "key-" + number + "." + i % 100, "x".repeat(100));
          }
          return null;
        });
      }
      for (Future<Void> written : executor.invokeAll(writers)) {
        written.get();
      }
    }
  }

  private static long[] putAndReadOneByOne(EmbeddedStore store, int count) {
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      long begin = System.nanoTime();
      long revision = put(store, "key-0." + i % 100, "y" + i);
      var read = store.range(RangeRequest.prefix(b("key-0." + i % 100)));
      nanos[i] = System.nanoTime() - begin;
      assertThat(read.kvs()).anyMatch(kv -> kv.modRevision() == revision);
    }
    return nanos;
  }

  private static long[] append(long[] a, long[] b) {
    return LongStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
  }

  private static long p99(long[] nanos) {
    long[] sorted = Arrays.stream(nanos).sorted().toArray();
    return sorted[sorted.length * 99 / 100] / 1000;
  }

  /// etcd #17780: there the revision went back when the last one was a tombstone.
  @Test
  @Tag("S15")
  void neverLowersTheRevision() {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      put(store, "a", "1");
      delete(store, "a");
      store.compact(3);
      try (EmbeddedStore after = StoreConfigs.on(disk.afterKill())) {
        assertThat(after.revision()).isEqualTo(3);
        assertThat(put(after, "a", "2")).isEqualTo(4);
      }
    }
    try (EmbeddedStore after = StoreConfigs.on(disk)) {
      assertThat(after.revision()).isEqualTo(3);
    }
  }

  @Test
  void compactsOldHistoryByItselfWhenNobodyElseDoes() {
    AtomicLong clock = new AtomicLong();
    StoreConfig config = StoreConfigs.with(s -> s.historyRetention = Duration.ofMinutes(10));
    try (EmbeddedStore store = StoreConfigs.open(new FaultyDisk(), clock::get, config)) {
      for (int minute = 0; minute < 40; minute++) {
        for (int i = 0; i < 100; i++) {
          put(store, "a", minute + "." + i);
        }
        clock.addAndGet(Duration.ofMinutes(1).toNanos());
        long kept = store.revision() - store.compactedRevision();
        assertThat(kept).isGreaterThanOrEqualTo(Math.min(1000, 100L * minute));
      }
      assertThat(store.compactedRevision()).isBetween(2_500L, 3_001L);
      eventually(() -> store.status().changes() < 1_600, "old history is removed");
    }
  }

  @Test
  void keepsPreviousValuesOfEventsAtTheCompactedRevision() {
    try (EmbeddedStore store = StoreConfigs.inMemory()) {
      put(store, "a", "1");
      put(store, "a", "2");
      delete(store, "a");
      store.compact(3);
      eventually(() -> store.status().changes() == 2, "compaction is done");
      try (var stream = store.watchStream()) {
        stream.watch(watchEverything(3));
        nextMessage(stream, WatchMessage.Created.class);
        var events = nextMessage(stream, WatchMessage.Events.class).events();
        assertThat(Objects.requireNonNull(events.getFirst().previous()).value()).isEqualTo(b("1"));
        assertThat(Objects.requireNonNull(events.getLast().previous()).value()).isEqualTo(b("2"));
      }
    }
  }

  @Test
  void doesNotDisturbWhatIsNewer() {
    try (EmbeddedStore store = StoreConfigs.inMemory()) {
      for (int i = 0; i < 3000; i++) {
        put(store, "k" + i % 50, "v" + i);
      }
      Dsl.txn(store, new Op.Delete(b("k1"), b("k2"), false));
      store.compact(2000);
      eventually(() -> store.status().changes() == 1013, "compaction is done");
      assertThat(store.range(everything().atRevision(2000)).count()).isEqualTo(50);
      assertThat(store.range(everything().atRevision(2500)).count()).isEqualTo(50);
      assertThat(store.range(everything()).count()).isEqualTo(39);
      try (var stream = store.watchStream()) {
        stream.watch(watchEverything(2000));
        nextMessage(stream, WatchMessage.Created.class);
        assertThat(events(stream, 1013)).hasSize(1013).startsWith("PUT k48=v1998@2000");
      }
    }
  }
}
