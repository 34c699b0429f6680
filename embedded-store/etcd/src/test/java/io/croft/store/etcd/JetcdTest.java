package io.croft.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.GetOption.SortOrder;
import io.etcd.jetcd.options.GetOption.SortTarget;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchEvent.EventType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// jetcd, an independent client, does what applications do.
class JetcdTest {
  @TempDir Path directory;
  private Endpoint endpoint;
  private Client client;

  @BeforeEach
  void start() throws IOException {
    endpoint = new Endpoint(directory);
    client = Client.builder().endpoints(endpoint.url()).build();
  }

  @AfterEach
  void stop() {
    client.close();
    endpoint.close();
  }

  private static ByteSequence b(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  private static <T> T done(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private static List<String> keys(GetResponse response) {
    return response.getKvs().stream()
        .map(kv -> kv.getKey().toString(StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void putsGetsAndDeletes() throws Exception {
    KV kv = client.getKVClient();
    for (String key : List.of("a/1", "a/2", "a/3", "b/1")) {
      done(kv.put(b(key), b("value of " + key)));
    }
    GetOption backwards =
        GetOption.builder()
            .isPrefix(true)
            .withSortField(SortTarget.KEY)
            .withSortOrder(SortOrder.DESCEND)
            .withLimit(2)
            .build();
    GetResponse found = done(kv.get(b("a/"), backwards));
    assertThat(keys(found)).containsExactly("a/3", "a/2");
    assertThat(found.getCount()).isEqualTo(3);
    assertThat(found.isMore()).isTrue();
    KeyValue before =
        done(kv.put(b("a/1"), b("new"), PutOption.builder().withPrevKV().build())).getPrevKv();
    assertThat(before.getValue()).isEqualTo(b("value of a/1"));
    assertThat(done(kv.delete(b("a/"), DeleteOption.builder().isPrefix(true).build())).getDeleted())
        .isEqualTo(3);
    assertThat(keys(done(kv.get(b("\0"), GetOption.builder().withRange(b("\0")).build()))))
        .containsExactly("b/1");
  }

  @Test
  void doesTransactions() throws Exception {
    KV kv = client.getKVClient();
    for (boolean isFirst : new boolean[] {true, false}) {
      TxnResponse response =
          done(
              kv.txn()
                  .If(new Cmp(b("k"), Cmp.Op.EQUAL, CmpTarget.createRevision(0)))
                  .Then(Op.put(b("k"), b("1"), PutOption.DEFAULT))
                  .Else(Op.get(b("k"), GetOption.DEFAULT))
                  .commit());
      assertThat(response.isSucceeded()).isEqualTo(isFirst);
      assertThat(response.getPutResponses()).hasSize(isFirst ? 1 : 0);
      assertThat(response.getGetResponses()).hasSize(isFirst ? 0 : 1);
    }
  }

  @Test
  void watches() throws Exception {
    KV kv = client.getKVClient();
    long before = done(kv.put(b("w/1"), b("old"))).getHeader().getRevision();
    BlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();
    WatchOption option =
        WatchOption.builder().isPrefix(true).withPrevKV(true).withRevision(before).build();
    try (Watch.Watcher _ =
        client
            .getWatchClient()
            .watch(b("w/"), option, response -> events.addAll(response.getEvents()))) {
      done(kv.put(b("w/1"), b("new")));
      done(kv.delete(b("w/1")));
      assertThat(take(events).getKeyValue().getValue()).isEqualTo(b("old"));
      WatchEvent update = take(events);
      assertThat(update.getEventType()).isEqualTo(EventType.PUT);
      assertThat(update.getPrevKV().getValue()).isEqualTo(b("old"));
      WatchEvent deletion = take(events);
      assertThat(deletion.getEventType()).isEqualTo(EventType.DELETE);
      assertThat(deletion.getPrevKV().getValue()).isEqualTo(b("new"));
    }
  }

  private static WatchEvent take(BlockingQueue<WatchEvent> events) throws InterruptedException {
    WatchEvent event = events.poll(30, TimeUnit.SECONDS);
    assertThat(event).isNotNull();
    return event;
  }

  @Test
  void grantsKeepsAndRevokesLeases() throws Exception {
    Lease lease = client.getLeaseClient();
    long id = done(lease.grant(100)).getID();
    PutOption onLease = PutOption.builder().withLeaseId(id).build();
    done(client.getKVClient().put(b("leased"), b("1"), onLease));
    assertThat(done(lease.keepAliveOnce(id)).getTTL()).isEqualTo(100);
    assertThat(
            done(lease.timeToLive(id, LeaseOption.builder().withAttachedKeys().build())).getKeys())
        .containsExactly(b("leased"));
    done(lease.revoke(id));
    assertThat(done(client.getKVClient().get(b("leased"))).getKvs()).isEmpty();
  }

  @Test
  void tellsWhatItIs() throws Exception {
    assertThat(done(client.getMaintenanceClient().statusMember(endpoint.url())).getVersion())
        .startsWith("3.");
    assertThat(done(client.getClusterClient().listMember()).getMembers()).hasSize(1);
    assertThat(done(client.getMaintenanceClient().listAlarms()).getAlarms()).isEmpty();
  }
}
