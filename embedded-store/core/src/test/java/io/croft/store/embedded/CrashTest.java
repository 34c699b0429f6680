package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.everything;
import static io.croft.store.embedded.Dsl.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.Txn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Cuts the power at random points, with all that a disk may do to what was not synced, and looks
/// whether the store kept its promises.
class CrashTest {
  private static final int POINTS = Integer.getInteger("croft.crash.points", 200);

  @Test
  @Tag("S43")
  void keepsWhatWasAcknowledgedAndNothingByHalvesOverPowerCuts() {
    for (int point = 0; point < POINTS; point++) {
      long seed = 7_000L + point;
      try {
        new History(seed).run();
      } catch (Throwable e) {
        throw new AssertionError("with seed " + seed, e);
      }
    }
  }

  /// The write whose sync failed is there after the next opening: whoever reads it must be able to
  /// rely on it.
  @Test
  void keepsWhatItReadsAfterASyncHasFailed() {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      Dsl.put(store, "a", "1");
      disk.failSyncs();
      assertThatThrownBy(() -> Dsl.put(store, "a", "2")).isInstanceOf(StoreException.Closed.class);
    }
    disk.healSyncs();
    FaultyDisk left;
    try (EmbeddedStore store = StoreConfigs.open(disk, System::nanoTime, StoreConfig.defaults())) {
      assertThat(Dsl.value(store, "a")).isEqualTo("2");
      left = disk.afterPowerCut(new SplittableRandom(1), 512);
    }
    try (EmbeddedStore store = StoreConfigs.on(left)) {
      assertThat(Dsl.value(store, "a")).isEqualTo("2");
    }
  }

  /// Batches of several writers; each writes pairs that must stay alike.
  @Test
  @Tag("S43")
  void keepsWhatSeveralWritersWereToldOverPowerCuts() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    for (int point = 0; point < POINTS / 5; point++) {
      FaultyDisk disk = new FaultyDisk();
      AtomicLongArray told = new AtomicLongArray(4);
      try (EmbeddedStore store = StoreConfigs.on(disk);
          ExecutorService executor = Executors.newCachedThreadPool()) {
        disk.cutPowerAfter(random.nextInt(1, 400));
        for (int i = 0; i < told.length(); i++) {
          int writer = i;
          executor.execute(() -> writePairs(store, told, writer));
        }
      }
      FaultyDisk left = disk.afterPowerCut(random.split(), 512);
      try (EmbeddedStore store = StoreConfigs.on(left)) {
        for (int i = 0; i < told.length(); i++) {
          assertThat(Dsl.value(store, "a" + i)).isEqualTo(Dsl.value(store, "b" + i));
          String value = Dsl.value(store, "a" + i);
          long found = value.equals("(absent)") ? 0 : Long.parseLong(value);
          assertThat(found).isBetween(told.get(i), told.get(i) + 1);
        }
      }
    }
  }

  private static void writePairs(EmbeddedStore store, AtomicLongArray told, int writer) {
    try {
      for (long n = 1; ; n++) {
        Bytes value = b("" + n);
        Dsl.txn(store, Op.put(b("a" + writer), value, 0), Op.put(b("b" + writer), value, 0));
        told.set(writer, n);
      }
    } catch (StoreException.Closed e) {
      assertThat(e).hasMessageContaining("power");
    }
  }

  /// The story of one disk over several power cuts.
  private static final class History {
    private final SplittableRandom random;
    private FaultyDisk disk = new FaultyDisk();

    /// Revision to content, for each revision that was acknowledged or may have happened.
    private final NavigableMap<Long, NavigableMap<String, String>> contents = new TreeMap<>();

    private long acknowledged = 1;
    private long compacted;
    private long compactionAsked;

    History(long seed) {
      this.random = new SplittableRandom(seed);
      contents.put(1L, new TreeMap<>());
    }

    void run() {
      for (int life = 0; life < 4; life++) {
        live();
        disk =
            random.nextInt(5) == 0
                ? disk.afterKill()
                : disk.afterPowerCut(random, random.nextBoolean() ? 512 : 4096);
      }
      try (Store store = StoreConfigs.on(disk)) {
        check(store);
      }
    }

    private void live() {
      disk.cutPowerAfter(random.nextInt(1, random.nextBoolean() ? 60 : 600));
      EmbeddedStore store;
      try {
        store = StoreConfigs.on(disk);
      } catch (RuntimeException e) {
        assertThat(disk.isPowerCut()).as("refused to open: %s", e).isTrue();
        return;
      }
      try (store) {
        check(store);
        while (true) {
          step(store);
        }
      } catch (StoreException.Closed e) {
        assertThat(disk.isPowerCut()).isTrue();
      }
    }

    private void step(Store store) {
      if (random.nextInt(50) == 0) {
        disk.limitSpace(random.nextBoolean() ? Long.MAX_VALUE : random.nextLong(100_000));
      }
      if (random.nextInt(40) == 0 && acknowledged > compacted + 1) {
        compactionAsked = random.nextLong(compacted + 1, acknowledged + 1);
        try {
          store.compact(compactionAsked);
          compacted = compactionAsked;
        } catch (StoreException.NoSpace e) {
          compactionAsked = compacted;
        }
      } else {
        write(store);
      }
    }

    private void write(Store store) {
      NavigableMap<String, String> next = new TreeMap<>(contentAt(acknowledged));
      List<Op> ops = new ArrayList<>();
      int count = random.nextInt(1, 4);
      int first = random.nextInt(40);
      for (int i = 0; i < count; i++) {
        String key = "key-%02d".formatted(first + i);
        if (next.containsKey(key) && random.nextInt(4) == 0) {
          next.remove(key);
          ops.add(Op.delete(b(key)));
        } else {
          String value = acknowledged + "." + i + "x".repeat(random.nextInt(900));
          next.put(key, value);
          ops.add(Op.put(b(key), b(value), 0));
        }
      }
      contents.tailMap(acknowledged, false).clear();
      contents.put(acknowledged + 1, next);
      try {
        long revision = store.txn(new Txn(List.of(), ops, List.of())).revision();
        assertThat(revision).isEqualTo(acknowledged + 1);
        acknowledged = revision;
      } catch (StoreException.NoSpace e) {
        contents.tailMap(acknowledged, false).clear();
        disk.limitSpace(random.nextInt(5) == 0 ? Long.MAX_VALUE : disk.usableBytes());
      }
    }

    /// The store is at a revision that was acknowledged or on its way, and has just that content.
    private void check(Store store) {
      assertThat(store.revision()).isBetween(acknowledged, contents.lastKey());
      assertThat(store.compactedRevision()).isIn(compacted, Math.max(compacted, compactionAsked));
      acknowledged = store.revision();
      compacted = store.compactedRevision();
      contents.tailMap(acknowledged, false).clear();
      assertThat(texts(all(store))).isEqualTo(texts(contentAt(acknowledged)));
      long past = random.nextLong(Math.max(1, compacted), acknowledged + 1);
      assertThat(texts(store.range(everything().atRevision(past)).kvs()))
          .isEqualTo(texts(contentAt(past)));
      assertThat(store.range(everything().atRevision(past).withLimit(1)).count())
          .isEqualTo(contentAt(past).size());
    }

    private NavigableMap<String, String> contentAt(long revision) {
      return Objects.requireNonNull(contents.get(revision));
    }

    private static List<String> texts(Map<String, String> content) {
      return content.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    }

    private static List<String> texts(List<KeyValue> kvs) {
      return Dsl.texts(kvs);
    }
  }
}
