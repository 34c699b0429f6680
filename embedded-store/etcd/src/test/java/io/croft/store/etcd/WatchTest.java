package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.Txn;
import io.croft.store.embedded.StoreConfig;
import io.croft.store.etcd.wire.Mvcc;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest;
import io.croft.store.etcd.wire.Rpc.WatchRequest;
import io.croft.store.etcd.wire.Rpc.WatchResponse;
import io.croft.store.etcd.wire.WatchGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchTest {
  @TempDir Path directory;
  private Endpoint endpoint;

  @BeforeEach
  void start() throws IOException {
    StoreConfig from = StoreConfig.defaults();
    endpoint =
        new Endpoint(
            directory,
            new StoreConfig(
                from.segmentBytes(),
                from.checkpointLogBytes(),
                from.checkpointMemoryBytes(),
                from.checkpointInterval(),
                from.cacheBytes(),
                from.maxRequestBytes(),
                from.maxDeletedBytes(),
                from.maxQueuedWrites(),
                64 << 10,
                from.quotaBytes(),
                from.reserveBytes(),
                Duration.ofMillis(300),
                Duration.ofMinutes(15)));
  }

  @AfterEach
  void stop() {
    endpoint.close();
  }

  private static WatchCreateRequest.Builder everything() {
    return WatchCreateRequest.newBuilder().setRangeEnd(bytes("\0"));
  }

  private long put(String key, byte[] value) {
    Op put = Op.put(Bytes.utf8(key), Bytes.wrap(value), 0);
    return endpoint.store.txn(new Txn(List.of(), List.of(put), List.of())).revision();
  }

  @Test
  @Tag("S18")
  void tellsATransactionInOneMessage() {
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      tape.create(everything());
      assertThat(tape.next().getCreated()).isTrue();
      putMany(100, 10);
      WatchResponse whole = tape.next();
      assertThat(whole.getEventsCount()).isEqualTo(100);
      assertThat(whole.getFragment()).isFalse();
      assertThat(whole.getHeader().getRevision()).isEqualTo(2);
    }
  }

  @Test
  void givesTheIdOfACanceledWatchToTheNext() {
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      tape.create(everything().setWatchId(7));
      for (int i = 0; i < 200; i++) {
        tape.cancel(7);
        tape.create(everything().setWatchId(7));
      }
      for (int i = 0; i < 200; i++) {
        assertThat(tape.next().getCreated()).isTrue();
        WatchResponse canceled = tape.next();
        assertThat(canceled.getCanceled()).isTrue();
        assertThat(canceled.getCreated()).isFalse();
      }
      assertThat(tape.next().getCanceled()).isFalse();
      long revision = put("a", new byte[1]);
      assertThat(tape.next())
          .extracting(WatchResponse::getWatchId, r -> r.getEvents(0).getKv().getModRevision())
          .containsExactly(7L, revision);
    }
  }

  private void putMany(int count, int bytes) {
    List<Op> puts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      puts.add(Op.put(Bytes.utf8("k" + i), Bytes.wrap(new byte[bytes]), 0));
    }
    var _ = endpoint.store.txn(new Txn(List.of(), puts, List.of()));
  }

  @Test
  @Tag("S23")
  void splitsWhatIsLargeWhenAskedTo() {
    putMany(100, 12_000);
    putMany(100, 12_000);
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      tape.create(everything().setFragment(true).setPrevKv(true).setStartRevision(3));
      assertThat(tape.next().getCreated()).isTrue();
      List<Mvcc.Event> events = new ArrayList<>();
      WatchResponse fragment;
      int fragments = 0;
      do {
        fragment = tape.next();
        assertThat(fragment.getSerializedSize()).isLessThan(1_600_000);
        events.addAll(fragment.getEventsList());
        fragments++;
      } while (fragment.getFragment());
      assertThat(fragments).isEqualTo(2);
      assertThat(events).hasSize(100);
    }
  }

  @Test
  @Tag("S22")
  void refusesANegativeStartInTheOrderOfRequests() {
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      for (int i = 0; i < 50; i++) {
        tape.create(everything());
        tape.create(everything().setStartRevision(-1));
      }
      for (int i = 0; i < 50; i++) {
        assertThat(tape.next().getWatchId()).isEqualTo(i);
        WatchResponse refusal = tape.next();
        assertThat(refusal.getWatchId()).isEqualTo(-1);
        assertThat(refusal.getCreated()).isTrue();
        assertThat(refusal.getCanceled()).isTrue();
        assertThat(refusal.getCancelReason()).isEqualTo(Failures.COMPACTED);
      }
    }
  }

  @Test
  @Tag("S26")
  void tellsIdleWatchesThatAskedHowFarTheyAre() {
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      tape.create(WatchCreateRequest.newBuilder().setKey(bytes("a")).setProgressNotify(true));
      tape.create(WatchCreateRequest.newBuilder().setKey(bytes("a")));
      tape.next();
      tape.next();
      long revision = put("b", new byte[1]);
      WatchResponse progress;
      do {
        progress = tape.next();
        assertThat(progress.getWatchId()).isZero();
        assertThat(progress.getEventsCount()).isZero();
      } while (progress.getHeader().getRevision() < revision);
    }
  }

  @Test
  @Tag("S24")
  void nothingThatProgressHasPassedArrivesAfterIt() throws Exception {
    int writes = 20_000;
    Random random = new Random(7);
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      for (int i = 0; i < 5; i++) {
        tape.create(everything().setStartRevision(1).setPrevKv(true));
      }
      CompletableFuture<Void> written =
          CompletableFuture.runAsync(() -> {
            for (int i = 0; i < writes; i++) {
              put("k" + random.nextInt(100), new byte[random.nextInt(200)]);
              if (i % 50 == 0) {
                tape.requestProgress();
              }
            }
            tape.requestProgress();
          });
      long[] last = new long[5];
      long passed = 0;
      int progresses = 0;
      while (passed < writes + 1) {
        WatchResponse response = tape.next();
        if (response.getWatchId() < 0) {
          assertThat(response.getHeader().getRevision()).isGreaterThanOrEqualTo(passed);
          passed = response.getHeader().getRevision();
          assertThat(last).containsOnly(passed);
          progresses++;
        }
        for (Mvcc.Event event : response.getEventsList()) {
          int watch = (int) response.getWatchId();
          assertThat(event.getKv().getModRevision()).isEqualTo(Math.max(2, last[watch] + 1));
          last[watch] = event.getKv().getModRevision();
        }
      }
      assertThat(progresses).isPositive();
      written.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  @Tag("S27")
  void aReaderThatStopsHoldsUpNobodyAndMissesNothing() throws Exception {
    int writes = 1500;
    byte[] value = new byte[50_000];
    // Streams of one connection share its window, so that the quick one has a connection of its
    // own.
    try (SlowReader slow = new SlowReader();
        Endpoint.Client other = new Endpoint.Client(endpoint.server.port());
        WatchTape quick = new WatchTape(other)) {
      assertThat(slow.take().getCreated()).isTrue();
      quick.create(everything());
      assertThat(quick.next().getCreated()).isTrue();
      for (int i = 0; i < writes; i++) {
        put("k", value);
      }
      long seen = 1;
      while (seen < writes + 1) {
        seen = follow(quick.next(), seen);
      }
      seen = 1;
      while (seen < writes + 1) {
        seen = follow(slow.take(), seen);
      }
    }
  }

  private static long follow(WatchResponse response, long seen) {
    long last = seen;
    for (Mvcc.Event event : response.getEventsList()) {
      assertThat(event.getKv().getModRevision()).isEqualTo(last + 1);
      last++;
    }
    return last;
  }

  @Test
  void freesTheIdsOfEndedWatches() {
    Set<Long> ids = new HashSet<>();
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      for (int i = 0; i < 20; i++) {
        tape.create(everything().setWatchId(1000));
        assertThat(tape.next().getCanceled()).isFalse();
        tape.cancel(1000);
        assertThat(tape.next().getCanceled()).isTrue();
        tape.create(everything());
        assertThat(ids.add(tape.next().getWatchId())).isTrue();
      }
    }
  }

  /// Takes one message when told to.
  private final class SlowReader implements AutoCloseable {
    private final BlockingQueue<WatchResponse> arrived = new LinkedBlockingQueue<>();
    private final ClientCall<WatchRequest, WatchResponse> call;

    SlowReader() {
      ClientCall<WatchRequest, WatchResponse> watch =
          endpoint.client.channel().newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT);
      call = watch;
      watch.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(WatchResponse response) {
              arrived.add(response);
            }
          },
          new Metadata());
      watch.sendMessage(
          WatchRequest.newBuilder().setCreateRequest(everything().setStartRevision(1)).build());
    }

    WatchResponse take() throws InterruptedException {
      call.request(1);
      WatchResponse response = arrived.poll(30, TimeUnit.SECONDS);
      assertThat(response).isNotNull();
      return response;
    }

    @Override
    public void close() {
      call.cancel("the test is over", null);
    }
  }
}
