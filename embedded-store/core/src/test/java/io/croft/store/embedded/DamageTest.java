package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.delete;
import static io.croft.store.embedded.Dsl.eventsUpTo;
import static io.croft.store.embedded.Dsl.everything;
import static io.croft.store.embedded.Dsl.nextMessage;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.texts;
import static io.croft.store.embedded.Dsl.watchEverything;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.KeyValue;
import io.croft.store.StoreException;
import io.croft.store.WatchMessage;
import io.croft.store.internal.state.Superblock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Flips bits in the files: what is read is right, or there is an error.
class DamageTest {
  private static final int FLIPS = Integer.getInteger("croft.damage.flips", 400);

  private final SplittableRandom random = new SplittableRandom(44);

  /// All that a client can see of a store.
  private record Everything(List<List<KeyValue>> states, List<String> changes) {
    static Everything of(EmbeddedStore store) {
      List<List<KeyValue>> states = new ArrayList<>();
      for (long at = store.compactedRevision(); at <= store.revision(); at++) {
        states.add(store.range(everything().atRevision(at)).kvs());
      }
      try (var stream = store.watchStream()) {
        stream.watch(watchEverything(store.compactedRevision()));
        nextMessage(stream, WatchMessage.Created.class);
        return new Everything(states, eventsUpTo(stream, store.revision()));
      }
    }
  }

  private void fill(EmbeddedStore store) {
    for (int i = 0; i < 400; i++) {
      String key = "key-%02d".formatted(random.nextInt(60));
      if (random.nextInt(5) == 0) {
        delete(store, key);
      } else {
        put(store, key, "v" + i + "x".repeat(random.nextInt(300)));
      }
    }
    store.compact(store.revision() / 2);
    Dsl.eventually(() -> !store.isCompacting(), "compaction is done");
  }

  @Test
  @Tag("S44")
  void findsAnyFlippedBitAfterACleanClose() {
    FaultyDisk disk = new FaultyDisk();
    Everything expected;
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      fill(store);
      expected = Everything.of(store);
    }
    flipEach(disk, expected);
  }

  @Test
  @Tag("S44")
  void findsAnyFlippedBitAfterAKill() {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      fill(store);
      Dsl.eventually(store::isLogConfirmed, "the last write is marked as durable");
      flipEach(disk.afterKill(), Everything.of(store));
    }
  }

  private void flipEach(FaultyDisk disk, Everything expected) {
    int detected = 0;
    for (int i = 0; i < FLIPS; i++) {
      FaultyDisk damaged = disk.afterKill();
      String name = damaged.list().get(random.nextInt(damaged.list().size()));
      long bit = random.nextLong(damaged.content(name).length * 8L);
      damaged.flipBit(name, bit);
      try (EmbeddedStore store = StoreConfigs.on(damaged)) {
        assertThat(Everything.of(store)).as("bit %d of %s", bit, name).isEqualTo(expected);
      } catch (StoreException.Corrupt e) {
        detected++;
      }
    }
    assertThat(detected).as("damage that was not made good").isPositive();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 8192})
  void goesOnWithTheOtherSuperblockWhenOneIsDamaged(long offset) {
    FaultyDisk disk = new FaultyDisk();
    List<String> expected;
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      fill(store);
      expected = texts(all(store));
    }
    disk.flipBit(Opening.STATE_FILE, (offset + 100) * 8);
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      assertThat(texts(all(store))).isEqualTo(expected);
    }
  }

  @Test
  void goesOnWhenWhatItWouldEvacuateIsDamaged() throws Exception {
    FaultyDisk disk = new FaultyDisk();
    // All values come into one chunk, as the only checkpoint is that of closing.
    try (EmbeddedStore store = StoreConfigs.open(disk, System::nanoTime, StoreConfig.defaults())) {
      for (int i = 0; i < 30; i++) {
        put(store, "key-%02d".formatted(i), "<%02d>".formatted(i) + "x".repeat(500_000));
      }
    }
    String state = new String(disk.content(Opening.STATE_FILE), StandardCharsets.ISO_8859_1);
    disk.flipBit(Opening.STATE_FILE, (state.indexOf("<00>") + 20_000) * 8L);
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      for (int i = 3; i < 30; i++) {
        delete(store, "key-%02d".formatted(i));
      }
      store.compact(store.revision());
      Dsl.eventually(() -> !store.isCompacting(), "compaction is done");
      // More checkpoints than it takes until chunks can be evacuated.
      for (int i = 0; i < 10; i++) {
        long before = generation(disk);
        put(store, "other", "value-" + i);
        Dsl.eventually(() -> generation(disk) > before, "a checkpoint");
      }
      assertThat(store.failed()).isNotDone();
      assertThat(Dsl.value(store, "other")).isEqualTo("value-9");
      assertThat(Dsl.value(store, "key-02")).startsWith("<02>");
      assertThatThrownBy(() -> Dsl.value(store, "key-00"))
          .isInstanceOf(StoreException.Corrupt.class);
    }
  }

  @Test
  void triesALeaseWithADamagedKeyAgainOnlyAfterAWhile() throws Exception {
    FaultyDisk disk = new FaultyDisk();
    AtomicLong clock = new AtomicLong();
    try (EmbeddedStore store = StoreConfigs.open(disk, clock::get, StoreConfig.defaults())) {
      store.leases().grant(1, 10);
      put(store, "damaged", "<00>" + "x".repeat(50_000), 1);
      // More, so that opening does not need the page of this one.
      for (int i = 0; i < 5; i++) {
        put(store, "key-" + i, "x".repeat(50_000));
      }
    }
    String state = new String(disk.content(Opening.STATE_FILE), StandardCharsets.ISO_8859_1);
    disk.flipBit(Opening.STATE_FILE, (state.indexOf("<00>") + 20_000) * 8L);
    AtomicLong looks = new AtomicLong();
    LongSupplier counted =
        () -> {
          looks.incrementAndGet();
          return clock.get();
        };
    try (EmbeddedStore store = StoreConfigs.open(disk, counted, StoreConfig.defaults())) {
      clock.addAndGet(Duration.ofSeconds(11).toNanos());
      put(store, "other", "1");
      Dsl.eventually(() -> store.leases().timeToLive(1).remainingSeconds() == 60, "a delay");
      put(store, "other", "2");
      assertThat(Dsl.value(store, "other")).isEqualTo("2");
      assertThat(looks).hasValueLessThan(1000);
    }
  }

  private static long generation(FaultyDisk disk) {
    try {
      return Superblock.read(disk.open(Opening.STATE_FILE)).getFirst().generation();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void rebuildsALostStateFromALogThatGoesBackToTheBeginning() throws Exception {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.open(disk, System::nanoTime, StoreConfig.defaults())) {
      put(store, "a", "1");
      put(store, "b", "2");
    }
    disk.delete(Opening.STATE_FILE);
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      assertThat(store.revision()).isEqualTo(3);
      assertThat(texts(all(store))).containsExactly("a=1", "b=2");
    }
  }

  @Test
  void refusesToOpenWithoutStateWhenTheLogDoesNotGoBackToTheBeginning() throws Exception {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      fill(store);
    }
    disk.delete(Opening.STATE_FILE);
    List<String> before = disk.list();
    assertThatThrownBy(() -> StoreConfigs.on(disk))
        .isInstanceOf(StoreException.Corrupt.class)
        .hasMessageContaining("restore a snapshot");
    assertThat(disk.list()).containsAll(before);
  }

  @Test
  void refusesTheLogOfAnotherStore(@TempDir Path directory) throws Exception {
    Path mine = directory.resolve("mine");
    Path other = directory.resolve("other");
    for (Path path : List.of(mine, other)) {
      EmbeddedStore.open(path, StoreConfig.defaults()).close();
    }
    String log = "wal-0000000000000001";
    Files.copy(other.resolve(log), mine.resolve(log), StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> EmbeddedStore.open(mine, StoreConfig.defaults()))
        .isInstanceOf(StoreException.Corrupt.class)
        .hasMessageContaining("another store");
  }

  @Test
  void refusesToOpenWithoutItsLog() throws Exception {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      put(store, "a", "1");
    }
    for (String name : disk.list()) {
      if (name.startsWith("wal-")) {
        disk.delete(name);
      }
    }
    assertThatThrownBy(() -> StoreConfigs.on(disk))
        .isInstanceOf(StoreException.Corrupt.class)
        .hasMessageContaining("is missing");
  }
}
