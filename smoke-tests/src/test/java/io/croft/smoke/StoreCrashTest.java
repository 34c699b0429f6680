package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.croft.store.etcd.wire.Mvcc.KeyValue;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.croft.store.etcd.wire.Rpc.TxnResponse;
import io.grpc.StatusRuntimeException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// `kill -9` of `croft store serve` under load loses no acknowledged transaction, tears none apart
/// and gives no revision twice. `-Dcroft.store.kills=1000` tries it often.
class StoreCrashTest {
  private static final int CLIENTS = 8;
  private static final int CONNECTIONS = 4;
  private static final int WRITES_BEFORE_A_KILL = 50;
  private static final long MAX_WAIT_NANOS = 300_000_000;

  /// revision → what was acknowledged with it
  private final Map<Long, String> acknowledged = new ConcurrentHashMap<>();

  @Test
  @Tag("S43")
  void losesNothingThroughKills() throws Exception {
    int rounds = Integer.getInteger("croft.store.kills", 10);
    long all = 0;
    try (var peer = new StorePeer(StorePeer.Kind.CROFT)) {
      peer.launch();
      for (int round = 1; round <= rounds; round++) {
        String prefix = "/registry/crash/%06d/".formatted(round);
        acknowledged.clear();
        long before = writeUntilKilled(peer, prefix);
        peer.launch();
        try (var client = new StoreClient(peer, 1)) {
          client.awaitReady(peer.process());
          verify(client.list(0, prefix, 0), before);
        } catch (StatusRuntimeException e) {
          throw new AssertionError("round " + round + "\n" + peer.log(), e);
        }
        all += acknowledged.size();
      }
      try (var client = new StoreClient(peer, 1)) {
        assertThat(client.list(0, "/registry/crash/", 1).getCount())
            .isGreaterThanOrEqualTo(2 * all);
      }
    }
    System.out.printf("%d kills, %d acknowledged transactions, none lost%n", rounds, all);
  }

  /// @return the store's revision before the first write
  private long writeUntilKilled(StorePeer peer, String prefix) throws Exception {
    try (var client = new StoreClient(peer, CONNECTIONS)) {
      client.awaitReady(peer.process());
      long before = client.list(0, prefix, 1).getHeader().getRevision();
      var threads =
          IntStream.range(0, CLIENTS)
              .mapToObj(c -> Thread.ofVirtual().start(() -> write(client, c, prefix)))
              .toList();
      Eventually.eventually("writes", () -> acknowledged.size() >= WRITES_BEFORE_A_KILL);
      LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(MAX_WAIT_NANOS));
      peer.kill();
      for (Thread thread : threads) {
        thread.join();
      }
      return before;
    }
  }

  /// Each transaction puts two keys, with the same value.
  private void write(StoreClient client, int caller, String prefix) {
    try {
      for (int i = 0; ; i++) {
        String name = caller + "-" + i;
        TxnResponse answer =
            client.createPair(
                caller,
                StoreClient.bytes(prefix + "a/" + name),
                StoreClient.bytes(prefix + "b/" + name),
                StoreClient.bytes("value of " + name));
        String other = acknowledged.put(answer.getHeader().getRevision(), name);
        assertThat(other).as("revision %d given twice", answer.getHeader().getRevision()).isNull();
      }
    } catch (StatusRuntimeException e) {
      // killed
    }
  }

  private void verify(RangeResponse found, long before) {
    Map<ByteString, KeyValue> byKey = new ConcurrentHashMap<>();
    found.getKvsList().forEach(kv -> byKey.put(kv.getKey(), kv));
    String prefix = found.getKvs(0).getKey().toStringUtf8().substring(0, 23);
    acknowledged.forEach((revision, name) -> {
      KeyValue kv =
          byKey.getOrDefault(
              StoreClient.bytes(prefix + "a/" + name), KeyValue.getDefaultInstance());
      assertThat(kv.getModRevision()).as(name).isEqualTo(revision);
      assertThat(kv.getValue().toStringUtf8()).isEqualTo("value of " + name);
    });
    Map<Long, Integer> keysOfRevision = new ConcurrentHashMap<>();
    byKey.values().forEach(kv -> keysOfRevision.merge(kv.getModRevision(), 1, Integer::sum));
    assertThat(keysOfRevision.values()).as("keys per transaction").containsOnly(2);
    assertThat(keysOfRevision.keySet()).allMatch(revision -> revision > before);
    assertThat(found.getHeader().getRevision())
        .isGreaterThanOrEqualTo(acknowledged.keySet().stream().max(Long::compare).orElse(0L));
  }
}
