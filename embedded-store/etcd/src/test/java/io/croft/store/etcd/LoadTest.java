package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.Txn;
import io.croft.store.embedded.StoreConfig;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.MaintenanceGrpc;
import io.croft.store.etcd.wire.Mvcc;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest;
import io.croft.store.etcd.wire.Rpc.WatchResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Many clients, much history and long connections, on a small scale; system properties enlarge it.
class LoadTest {
  @TempDir Path directory;

  private static void put(KVGrpc.KVBlockingStub kv, String key, byte[] value) {
    var _ =
        kv.put(
            PutRequest.newBuilder()
                .setKey(bytes(key))
                .setValue(ByteString.copyFrom(value))
                .build());
  }

  @Test
  @Tag("S39")
  void tellsEveryWatchOfEveryConnection() throws IOException {
    int connections = Integer.getInteger("croft.connections", 100);
    int watches = 2;
    List<Endpoint.Client> clients = new ArrayList<>();
    try (Endpoint endpoint = new Endpoint(directory)) {
      List<WatchTape> tapes = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        Endpoint.Client client = new Endpoint.Client(endpoint.server.port());
        clients.add(client);
        WatchTape tape = new WatchTape(client);
        tapes.add(tape);
        for (int watch = 0; watch < watches; watch++) {
          tape.create(WatchCreateRequest.newBuilder().setRangeEnd(bytes("\0")));
        }
      }
      for (WatchTape tape : tapes) {
        for (int watch = 0; watch < watches; watch++) {
          assertThat(tape.next().getCreated()).isTrue();
        }
      }
      put(KVGrpc.newBlockingStub(endpoint.client.channel()), "a", new byte[1]);
      for (WatchTape tape : tapes) {
        for (int watch = 0; watch < watches; watch++) {
          assertThat(tape.next().getEventsCount()).isEqualTo(1);
        }
        tape.close();
      }
    } finally {
      clients.forEach(Endpoint.Client::close);
    }
  }

  /// That they do so as fast as ever is for a benchmark to tell.
  @Test
  @Tag("S14")
  void readsWritesAndWatchesGoOnDuringCompaction() throws Exception {
    int revisions = Integer.getInteger("croft.compaction.revisions", 5000);
    try (Endpoint endpoint = new Endpoint(directory);
        WatchTape tape = new WatchTape(endpoint.client)) {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(endpoint.client.channel());
      List<CompletableFuture<Void>> writers = new ArrayList<>();
      for (int writer = 0; writer < 8; writer++) {
        writers.add(
            CompletableFuture.runAsync(() -> {
              for (int i = 0; i < revisions / 8; i++) {
                Op op = Op.put(Bytes.utf8("k" + i % 100), Bytes.wrap(new byte[100]), 0);
                var _ = endpoint.store.txn(new Txn(List.of(), List.of(op), List.of()));
              }
            }));
      }
      for (CompletableFuture<Void> writer : writers) {
        writer.get(120, TimeUnit.SECONDS);
      }
      long before = endpoint.store.revision();
      tape.create(
          WatchCreateRequest.newBuilder()
              .setRangeEnd(bytes("\0"))
              .setStartRevision(before + 1)
              .setPrevKv(true));
      assertThat(tape.next().getCreated()).isTrue();
      endpoint.store.compact(before);
      int writes = 100;
      for (int i = 0; i < writes; i++) {
        put(kv, "k" + i, new byte[10]);
        assertThat(kv.range(Transcript.everything().build()).getCount()).isEqualTo(100);
      }
      long seen = before;
      while (seen < before + writes) {
        for (Mvcc.Event event : tape.next().getEventsList()) {
          assertThat(event.getKv().getModRevision()).isEqualTo(++seen);
          assertThat(event.getPrevKv().getValue().size()).isEqualTo(100);
        }
      }
    }
  }

  @Test
  @Tag("S33")
  void tellsOfItsGrowth() throws Exception {
    try (Endpoint endpoint =
        new Endpoint(directory, StoreConfig.defaults().withCheckpointEvery(1 << 20))) {
      MaintenanceGrpc.MaintenanceBlockingStub maintenance =
          MaintenanceGrpc.newBlockingStub(endpoint.client.channel());
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(endpoint.client.channel());
      Rpc.StatusRequest status = Rpc.StatusRequest.getDefaultInstance();
      long before = maintenance.status(status).getDbSize();
      for (int i = 0; i < 20; i++) {
        put(kv, "k" + i, new byte[1_000_000]);
      }
      Instant deadline = Instant.now().plusSeconds(60);
      while (maintenance.status(status).getDbSize() < before + 15_000_000) {
        assertThat(Instant.now()).isBefore(deadline);
        Thread.sleep(20);
      }
    }
  }

  @Test
  @Tag("S32")
  void keepsLeasesOverARestart() throws IOException {
    try (Endpoint endpoint = new Endpoint(directory)) {
      var _ = endpoint.store.leases().grant(7, 500);
      var _ =
          KVGrpc.newBlockingStub(endpoint.client.channel())
              .put(PutRequest.newBuilder().setKey(bytes("a")).setLease(7).build());
    }
    try (Endpoint endpoint = new Endpoint(directory)) {
      Transcript transcript = new Transcript(endpoint.client);
      transcript.timeToLive(7);
      assertThat(transcript.lines.getFirst()).contains("grantedTTL: 500", "keys: \"a\"");
    }
  }

  /// kube-apiserver's client pings every 30 seconds; gRPC's own server would end the connection at
  /// the fourth. Takes 10 seconds for each of `croft.pings`, as that is the least interval that
  /// gRPC's client knows.
  @Test
  @Tag("S38")
  void letsIdleClientsPing() throws Exception {
    int pings = Integer.getInteger("croft.pings", 0);
    assumeTrue(pings > 0, "set -Dcroft.pings=5, for 50 seconds");
    try (Endpoint endpoint = new Endpoint(directory)) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", endpoint.server.port())
              .usePlaintext()
              .keepAliveTime(10, TimeUnit.SECONDS)
              .build();
      try (WatchTape tape = new WatchTape(new Endpoint.Client(channel))) {
        tape.create(WatchCreateRequest.newBuilder().setKey(bytes("a")));
        assertThat(tape.next().getCreated()).isTrue();
        Thread.sleep(Duration.ofSeconds(10L * pings + 5));
        put(KVGrpc.newBlockingStub(endpoint.client.channel()), "a", new byte[1]);
        WatchResponse event = tape.next();
        assertThat(event.getEventsCount()).isEqualTo(1);
        assertThat(tape.end).isNotDone();
      } finally {
        channel.shutdownNow();
      }
    }
  }
}
