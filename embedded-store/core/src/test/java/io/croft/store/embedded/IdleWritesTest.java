package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.Op;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What an idle k3s has the store write: 1.6 transactions per second, most of them to the same few
/// keys, a lease every ten seconds, some events, a compaction every five minutes.
class IdleWritesTest {
  private static final int HOURS = Integer.getInteger("croft.idle.hours", 2);
  private static final Duration BETWEEN = Duration.ofMillis(625);

  /// With key and framing it makes records of 1.3 KB.
  private static final int VALUE = 1_240;

  private final AtomicLong clock = new AtomicLong();
  private final SplittableRandom random = new SplittableRandom(50);
  private long payload;

  @Test
  @Tag("S50")
  void writesLittleMoreThanTheLogsPayload() {
    CountingDisk disk = new CountingDisk(new FaultyDisk());
    StoreConfig config = StoreConfig.defaults();
    try (EmbeddedStore store =
        EmbeddedStore.open(
            new Surroundings(() -> disk, clock::get, 0, StoreConfigs.HEAP), config)) {
      fill(store);
      warmUp(store);
      CountingDisk.Count logBefore = disk.log();
      CountingDisk.Count stateBefore = disk.state();
      payload = 0;
      run(store, Duration.ofHours(HOURS));
      CountingDisk.Count log = minus(disk.log(), logBefore);
      CountingDisk.Count state = minus(disk.state(), stateBefore);
      say("payload", payload);
      say("log", log.bytes());
      say("state", state.bytes());
      say("log, in blocks", log.deviceBytes());
      say("state, in blocks", state.deviceBytes());
      System.out.printf("measured: %d syncs%n", log.syncs() + state.syncs());
      assertThat(log.bytes()).isLessThan(payload * 5 / 4);
      assertThat(state.bytes()).isLessThan(payload);
    }
  }

  private static CountingDisk.Count minus(CountingDisk.Count a, CountingDisk.Count b) {
    return new CountingDisk.Count(
        a.bytes() - b.bytes(), a.deviceBytes() - b.deviceBytes(), a.syncs() - b.syncs());
  }

  private static void say(String what, long bytes) {
    System.out.printf("measured: %s %d MB per day%n", what, bytes * 24 / HOURS / 1_000_000);
  }

  /// What a cluster has beside: 3000 objects of 2 KB.
  private static void fill(EmbeddedStore store) {
    for (int i = 0; i < 3_000; i++) {
      put(store, "/registry/things/default/thing-%04d".formatted(i), "x".repeat(2_000));
    }
  }

  /// Until the log has gone through its segments, and their blocks are used again.
  private void warmUp(EmbeddedStore store) {
    for (long logged = 0; logged < 3 * StoreConfig.defaults().segmentBytes(); ) {
      run(store, Duration.ofMinutes(30));
      logged = payload;
    }
  }

  private void run(EmbeddedStore store, Duration duration) {
    long end = clock.get() + duration.toNanos();
    for (int i = 0; clock.get() < end; i++) {
      clock.addAndGet(BETWEEN.toNanos());
      write(store, i);
      if (i % 480 == 0) {
        compact(store);
      }
    }
  }

  private void write(EmbeddedStore store, int number) {
    String value = number + "x".repeat(random.nextInt(VALUE / 2, VALUE * 3 / 2));
    payload += VALUE + 60;
    if (number % 16 == 0) {
      put(store, "/registry/masterleases/1", value, store.leases().grant(0, 15).id());
    } else if (number % 20 == 1) {
      put(store, "/registry/events/default/e" + number, value, store.leases().grant(0, 3660).id());
    } else {
      put(store, "/registry/leases/kube-system/l" + random.nextInt(8), value);
    }
  }

  private void compact(EmbeddedStore store) {
    long target = store.revision() - 480;
    if (target > store.compactedRevision()) {
      Dsl.txn(store, Op.put(b("compact_rev_key"), b("" + target), 0));
      store.compact(target);
    }
  }
}
