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

import io.croft.store.Op;
import io.croft.store.StoreException;
import io.croft.store.WatchMessage;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CompactionTest {
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
