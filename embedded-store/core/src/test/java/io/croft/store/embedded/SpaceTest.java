package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.delete;
import static io.croft.store.embedded.Dsl.eventually;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.Op;
import io.croft.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SpaceTest {
  private static final String BIG = "x".repeat(3000);

  @Test
  @Tag("S45")
  void refusesPutsOnAFullDiskAndRecoversWhenThereIsSpace() {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      put(store, "a", "1");
      disk.limitSpace(100_000);
      List<String> expected = fillUntilRefused(store);
      long revision = store.revision();
      assertThat(keys(store)).isEqualTo(expected);
      assertThat(delete(store, "key-0")).isEqualTo(revision + 1);
      store.compact(revision);
      assertThat(value(store, "a")).isEqualTo("1");
      disk.limitSpace(Long.MAX_VALUE);
      eventually(() -> isAccepted(store), "puts are accepted");
    }
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      assertThat(value(store, "key-0")).isEqualTo("(absent)");
      assertThat(value(store, "key-1")).isEqualTo(BIG);
      assertThat(value(store, "again")).isEqualTo("2");
    }
  }

  @Test
  @Tag("S45")
  void keepsEverythingWhenItIsKilledOnAFullDisk() {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      disk.limitSpace(60_000);
      List<String> expected = fillUntilRefused(store);
      try (EmbeddedStore after = StoreConfigs.on(disk.afterKill())) {
        assertThat(keys(after)).isEqualTo(expected);
      }
    }
  }

  /// A disk that the store alone has filled: only deleting and compacting can make space.
  @Test
  @Tag("S45")
  void makesSpaceByDeletingAndCompacting() {
    FaultyDisk disk = new FaultyDisk();
    disk.limitSpace(32 << 20);
    StoreConfig config =
        StoreConfigs.with(settings -> {
          settings.reserveBytes = 8 << 20;
          settings.checkpointLogBytes = 1 << 20;
          settings.checkpointInterval = Duration.ofMillis(100);
        });
    try (EmbeddedStore store = StoreConfigs.open(disk, System::nanoTime, config)) {
      int keys = fillUntilRefused(store).size();
      for (int i = 0; i < keys * 3 / 4; i++) {
        int key = i;
        eventually(() -> isDeleted(store, "key-" + key), "key-" + key + " is deleted");
      }
      eventually(() -> isCompacted(store), "all deletes are compacted");
      eventually(() -> isAccepted(store), "puts are accepted");
      assertThat(keys(store)).hasSize(keys - keys * 3 / 4 + 1).contains("again");
      // As often as one likes.
      eventually(
          () -> isCompacted(store) && fillUntilRefused(store).size() > keys / 2,
          "all space is back");
    }
    try (EmbeddedStore store = StoreConfigs.open(disk, System::nanoTime, config)) {
      assertThat(value(store, "again")).isEqualTo("2");
    }
  }

  /// What is deleted needs room for its history, until that is compacted.
  private static boolean isDeleted(EmbeddedStore store, String key) {
    try {
      delete(store, key);
      return true;
    } catch (StoreException.NoSpace e) {
      var _ = isCompacted(store);
      return false;
    }
  }

  private static boolean isCompacted(EmbeddedStore store) {
    try {
      if (store.revision() > store.compactedRevision()) {
        store.compact(store.revision());
      }
      return true;
    } catch (StoreException.NoSpace e) {
      return false;
    }
  }

  /// @return the keys that are in the store then
  private static List<String> fillUntilRefused(EmbeddedStore store) {
    List<String> accepted = new ArrayList<>(keys(store));
    for (int i = 0; i < 10_000; i++) {
      try {
        put(store, "key-" + i, BIG);
        accepted.add("key-" + i);
      } catch (StoreException.NoSpace e) {
        return accepted.stream().sorted().toList();
      }
    }
    throw new AssertionError("the disk did not become full");
  }

  private static List<String> keys(EmbeddedStore store) {
    return all(store).stream().map(kv -> kv.key().asUtf8()).toList();
  }

  private static boolean isAccepted(EmbeddedStore store) {
    try {
      return put(store, "again", "2") > 0;
    } catch (StoreException.NoSpace e) {
      return false;
    }
  }

  /// The clock is the test's own: nothing asks for checkpoints but the passing of ten minutes.
  @Test
  @Tag("S51")
  void theFileShrinksToThreeTimesWhatLivesInItWithinTenMinutes() {
    FaultyDisk disk = new FaultyDisk();
    CountingDisk counted = new CountingDisk(disk);
    AtomicLong clock = new AtomicLong();
    long live = 4_000L * BIG.length();
    BooleanSupplier isSmall = () -> disk.content(Opening.STATE_FILE).length < 3 * live;
    Surroundings surroundings = new Surroundings(() -> counted, clock::get, 0, StoreConfigs.HEAP);
    try (EmbeddedStore store = EmbeddedStore.open(surroundings, StoreConfig.defaults())) {
      for (int i = 0; i < 4_000; i++) {
        put(store, "key-" + i, BIG);
      }
      String hot = "x".repeat(300_000);
      for (int i = 0; i < 400; i++) {
        put(store, "hot", hot);
      }
      eventually(() -> store.status().stateBytes() > 4 * live, "the file is large");
      store.compact(store.revision());
      eventually(() -> !store.isCompacting(), "compaction is done");
      for (int i = 0; i < 40 && !isSmall.getAsBoolean(); i++) {
        long syncs = counted.state().syncs();
        clock.addAndGet(Duration.ofSeconds(15).toNanos());
        store.leases().grant(1 + i, 1000);
        eventually(
            () -> isSmall.getAsBoolean() || counted.state().syncs() >= syncs + 2,
            "there is a checkpoint");
      }
      eventually(isSmall, "space is back");
    }
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      assertThat(value(store, "key-3999")).isEqualTo(BIG);
      assertThat(all(store)).hasSize(4_001);
    }
  }

  @Test
  void stopsForGoodWhenASyncFails() {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      put(store, "a", "1");
      var stream = store.watchStream();
      assertThat(store.failed()).isNotDone();
      disk.failSyncs();
      assertThatThrownBy(() -> put(store, "a", "2"))
          .isInstanceOf(StoreException.Closed.class)
          .hasMessageContaining("sync failed");
      assertThatThrownBy(() -> put(store, "a", "3")).isInstanceOf(StoreException.Closed.class);
      assertThatThrownBy(() -> all(store)).isInstanceOf(StoreException.Closed.class);
      assertThatThrownBy(() -> stream.watch(Dsl.watchEverything(0)))
          .isInstanceOf(StoreException.Closed.class);
      assertThat(store.failed())
          .succeedsWithin(Dsl.PATIENCE)
          .matches(cause -> "sync failed".equals(cause.getMessage()));
    }
  }

  @Test
  void doesNotCountBeingClosedAsAFailure() {
    EmbeddedStore store = StoreConfigs.inMemory();
    store.close();
    assertThat(store.failed()).isNotDone();
  }

  @Test
  void refusesPutsBeyondTheQuotaButNotDeletes() {
    try (EmbeddedStore store = StoreConfigs.inMemory(s -> s.quotaBytes = 2 << 20)) {
      fillUntilRefused(store);
      delete(store, "key-0");
      // More than one, as a checkpoint in between may have made the log shorter.
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  put(store, "key-0", BIG);
                }
              })
          .isInstanceOf(StoreException.NoSpace.class)
          .hasMessageContaining("quota");
      // What the last compacted revision replaced is kept, so that this should be little.
      Dsl.txn(store, new Op.Delete(Dsl.b("key-1"), Dsl.b("key-9"), false));
      delete(store, "key-9");
      store.compact(store.revision());
      eventually(() -> isAccepted(store), "puts are accepted");
    }
  }
}
