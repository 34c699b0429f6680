package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.eventually;
import static io.croft.store.embedded.Dsl.nextMessage;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.texts;
import static io.croft.store.embedded.Dsl.value;
import static io.croft.store.embedded.Dsl.watchEverything;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.Event;
import io.croft.store.Leases;
import io.croft.store.StoreException;
import io.croft.store.StoreException.Invalid;
import io.croft.store.WatchMessage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LeaseTest {
  private final FaultyDisk disk = new FaultyDisk();
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5_000_000_000L);
  private EmbeddedStore store;
  private Leases leases;

  @BeforeEach
  void open() {
    store = StoreConfigs.on(disk, clock::get);
    leases = store.leases();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void pass(long seconds) {
    clock.addAndGet(Duration.ofSeconds(seconds).toNanos());
    // The writer looks at the clock whenever it does something.
    put(store, "clock", "" + clock.get());
  }

  @Test
  @Tag("S31")
  void grantsChosenAndWantedIdsWithinLimits() {
    assertThat(leases.grant(7, 60)).isEqualTo(new Leases.Lease(7, 60, 60, List.of()));
    assertThat(leases.grant(0, 0).ttlSeconds()).isEqualTo(2);
    assertThat(leases.grant(0, 5).id()).isPositive();
    assertThatExceptionOfType(Invalid.class)
        .isThrownBy(() -> leases.grant(7, 60))
        .withMessage("lease already exists");
    assertThatExceptionOfType(Invalid.class)
        .isThrownBy(() -> leases.grant(0, 9_000_000_001L))
        .withMessage("too large lease TTL");
    assertThat(leases.list()).hasSize(3);
    assertThat(store.revision()).isEqualTo(1);
  }

  @Test
  @Tag("S31")
  void refusesLeasesThatAreNotKnown() {
    assertThatThrownBy(() -> put(store, "a", "1", 5))
        .isInstanceOf(StoreException.LeaseNotFound.class);
    assertThatThrownBy(() -> leases.revoke(5)).isInstanceOf(StoreException.LeaseNotFound.class);
    assertThatThrownBy(() -> leases.keepAlive(5)).isInstanceOf(StoreException.LeaseNotFound.class);
    assertThatThrownBy(() -> leases.timeToLive(5)).isInstanceOf(StoreException.LeaseNotFound.class);
  }

  @Test
  @Tag("S29")
  void deletesAllKeysOfAnExpiredLeaseAtOneRevisionInKeyOrder() {
    leases.grant(1, 10);
    put(store, "c", "1", 1);
    put(store, "a", "1", 1);
    put(store, "b", "1");
    try (var stream = store.watchStream()) {
      stream.watch(watchEverything(0));
      nextMessage(stream, WatchMessage.Created.class);
      pass(9);
      assertThat(texts(all(store))).contains("a=1", "b=1", "c=1");
      nextMessage(stream);
      pass(1);
      eventually(() -> value(store, "a").equals("(absent)"), "expiry");
      assertThat(value(store, "b")).isEqualTo("1");
      WatchMessage.Events clockAndMore = nextMessage(stream, WatchMessage.Events.class);
      List<Event> deletes =
          clockAndMore.events().stream().filter(e -> e.kind() == Event.Kind.DELETE).toList();
      if (deletes.isEmpty()) {
        deletes = nextMessage(stream, WatchMessage.Events.class).events();
      }
      assertThat(deletes).extracting(e -> e.kv().key()).containsExactly(b("a"), b("c"));
      assertThat(deletes).extracting(e -> e.kv().modRevision()).containsOnly(store.revision());
    }
    assertThatThrownBy(() -> leases.timeToLive(1)).isInstanceOf(StoreException.LeaseNotFound.class);
  }

  @Test
  @Tag("S29")
  void detachesAKeyThatIsPutWithAnotherLeaseOrNone() {
    leases.grant(1, 10);
    leases.grant(2, 100);
    put(store, "a", "1", 1);
    put(store, "b", "1", 1);
    put(store, "c", "1", 1);
    put(store, "a", "2", 2);
    put(store, "b", "2");
    assertThat(leases.timeToLive(1).keys()).containsExactly(b("c"));
    assertThat(leases.timeToLive(2).keys()).containsExactly(b("a"));
    pass(11);
    eventually(() -> value(store, "c").equals("(absent)"), "expiry");
    assertThat(value(store, "a")).isEqualTo("2");
    assertThat(value(store, "b")).isEqualTo("2");
  }

  /// What kube-apiserver does with its endpoint: a new lease on every refresh.
  @Test
  @Tag("S30")
  void keepsAKeyThatMovesToANewLeaseInTime() {
    for (int i = 1; i <= 60; i++) {
      leases.grant(i, 15);
      put(store, "masterlease", "v" + i, i);
      pass(10);
      assertThat(value(store, "masterlease")).isEqualTo("v" + i);
    }
    eventually(() -> leases.list().size() == 1, "old leases run out");
  }

  @Test
  @Tag("S31")
  void keepAliveStartsTheTimeAnew() {
    leases.grant(1, 10);
    put(store, "a", "1", 1);
    for (int i = 0; i < 5; i++) {
      pass(8);
      assertThat(leases.timeToLive(1).remainingSeconds()).isEqualTo(2);
      assertThat(leases.keepAlive(1).remainingSeconds()).isEqualTo(10);
    }
    assertThat(value(store, "a")).isEqualTo("1");
    pass(11);
    eventually(() -> value(store, "a").equals("(absent)"), "expiry");
  }

  @Test
  @Tag("S31")
  void revokeDeletesTheKeysAtOneRevision() {
    leases.grant(1, 60);
    put(store, "a", "1", 1);
    put(store, "b", "1", 1);
    assertThat(leases.revoke(1)).isEqualTo(4);
    assertThat(all(store)).isEmpty();
    leases.grant(2, 60);
    assertThat(leases.revoke(2)).isEqualTo(4);
  }

  @Test
  @Tag("S32")
  void survivesARestartAndThenHasItsFullTimeAgain() {
    leases.grant(1, 10);
    put(store, "a", "1", 1);
    pass(9);
    store.close();
    clock.addAndGet(Duration.ofDays(1).toNanos());
    open();
    assertThat(leases.timeToLive(1)).isEqualTo(new Leases.Lease(1, 10, 10, List.of(b("a"))));
    pass(9);
    assertThat(value(store, "a")).isEqualTo("1");
    pass(2);
    eventually(() -> value(store, "a").equals("(absent)"), "expiry");
  }

  @Test
  @Tag("S32")
  void isDurableOnceGranted() {
    leases.grant(1, 10);
    put(store, "a", "1", 1);
    try (EmbeddedStore after = StoreConfigs.on(disk.afterKill(), clock::get)) {
      assertThat(after.leases().timeToLive(1).keys()).containsExactly(b("a"));
    }
  }

  /// Clocks on walls jump; that no lease ends early or late for it is certain when nothing asks
  /// them.
  @Test
  @Tag("S48")
  void noClassOfTheStoreKnowsAWallClock() throws Exception {
    Path classes =
        Path.of(EmbeddedStore.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(classes.resolve("io/croft/store"))) {
      List<Path> all = files.filter(f -> f.toString().endsWith(".class")).toList();
      assertThat(all).hasSizeGreaterThan(50);
      for (Path file : all) {
        String constants = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(constants)
            .as("%s", file)
            .doesNotContain("currentTimeMillis", "java/time/Clock", "java/util/Date")
            .doesNotContain("java/time/InstantSource");
      }
      assertThat(all)
          .as("who counts by the clock that only goes forward")
          .anyMatch(f -> f.endsWith("LeaseClock.class"));
    }
  }
}
