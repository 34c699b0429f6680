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
import java.util.ArrayList;
import java.util.List;
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

  @Test
  @Tag("S51")
  void givesSpaceOfOldVersionsBack() {
    FaultyDisk disk = new FaultyDisk();
    StoreConfig config =
        StoreConfigs.with(settings -> {
          settings.segmentBytes = 2 << 20;
          settings.checkpointLogBytes = 2 << 20;
        });
    try (EmbeddedStore store = StoreConfigs.open(disk, System::nanoTime, config)) {
      for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 2_000; i++) {
          put(store, "key-" + i % 1000, BIG);
        }
        store.compact(store.revision());
      }
      // Without giving back it would be twice the 60 MB that were put.
      long bound = 3L * 1000 * BIG.length() + (24 << 20);
      eventually(() -> store.status().stateBytesInUse() < bound, "space is back");
    }
  }

  @Test
  void stopsForGoodWhenASyncFails() {
    FaultyDisk disk = new FaultyDisk();
    try (EmbeddedStore store = StoreConfigs.on(disk)) {
      put(store, "a", "1");
      var stream = store.watchStream();
      disk.failSyncs();
      assertThatThrownBy(() -> put(store, "a", "2"))
          .isInstanceOf(StoreException.Closed.class)
          .hasMessageContaining("sync failed");
      assertThatThrownBy(() -> put(store, "a", "3")).isInstanceOf(StoreException.Closed.class);
      assertThatThrownBy(() -> all(store)).isInstanceOf(StoreException.Closed.class);
      assertThatThrownBy(() -> stream.watch(Dsl.watchEverything(0)))
          .isInstanceOf(StoreException.Closed.class);
    }
  }

  @Test
  void refusesPutsBeyondTheQuotaButNotDeletes() {
    try (EmbeddedStore store = StoreConfigs.inMemory(s -> s.quotaBytes = 2 << 20)) {
      fillUntilRefused(store);
      delete(store, "key-0");
      assertThatThrownBy(() -> put(store, "key-0", BIG))
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
