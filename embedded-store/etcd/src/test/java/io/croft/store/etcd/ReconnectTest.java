package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.Txn;
import io.croft.store.etcd.wire.Mvcc;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest;
import io.croft.store.etcd.wire.Rpc.WatchResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReconnectTest {
  private final Random random = new Random(11);
  @TempDir Path directory;

  /// Resumes as etcd's Go client does: behind the last event, or behind what the last header told.
  @Test
  @Tag("S28")
  void losesNothingWhenClientsComeAndGo() throws Exception {
    int connections = Integer.getInteger("croft.reconnects", 30);
    AtomicBoolean enough = new AtomicBoolean();
    try (Endpoint endpoint = new Endpoint(directory)) {
      CompletableFuture<Void> written =
          CompletableFuture.runAsync(() -> {
            for (int i = 0; !enough.get(); i++) {
              Op put = Op.put(Bytes.utf8("k" + i % 50), Bytes.EMPTY, 0);
              var _ = endpoint.store.txn(new Txn(List.of(), List.of(put), List.of()));
            }
          });
      long next = 2;
      for (int i = 0; i < connections; i++) {
        next = follow(endpoint, next, Long.MAX_VALUE);
      }
      enough.set(true);
      written.get(60, TimeUnit.SECONDS);
      long end = endpoint.store.revision() + 1;
      while (next < end) {
        next = follow(endpoint, next, end);
      }
    }
  }

  /// Takes some messages over a connection of its own, which then breaks.
  private long follow(Endpoint endpoint, long from, long end) throws IOException {
    long next = from;
    try (Endpoint.Client client = new Endpoint.Client(endpoint.server.port());
        WatchTape tape = new WatchTape(client)) {
      tape.create(WatchCreateRequest.newBuilder().setRangeEnd(bytes("\0")).setStartRevision(from));
      assertThat(tape.next().getCreated()).isTrue();
      for (int i = random.nextInt(10); i >= 0 && next < end; i--) {
        if (random.nextInt(4) == 0) {
          tape.requestProgress();
        }
        WatchResponse response = tape.next();
        for (Mvcc.Event event : response.getEventsList()) {
          assertThat(event.getKv().getModRevision()).isEqualTo(next);
          next++;
        }
        if (response.getEventsCount() == 0) {
          assertThat(response.getHeader().getRevision()).isEqualTo(next - 1);
        }
      }
    }
    return next;
  }
}
