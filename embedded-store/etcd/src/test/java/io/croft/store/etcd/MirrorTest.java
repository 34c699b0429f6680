package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.Mvcc.KeyValue;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.etcd.wire.Rpc.DeleteRangeRequest;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `etcdctl make-mirror` from etcd to us, and from us to another etcd.
class MirrorTest {
  private static final int KEYS = 300;
  @TempDir Path directory;

  @Test
  @Tag("S53")
  void mirrorsBothWays() throws Exception {
    Path program = Peers.find("etcd");
    Etcdctl etcdctl = new Etcdctl(Peers.find("etcdctl"));
    try (RealEtcd first = new RealEtcd(program, directory.resolve("first"));
        Endpoint ours = new Endpoint(directory.resolve("ours"));
        RealEtcd last = new RealEtcd(program, directory.resolve("last"))) {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(first.client.channel());
      for (int i = 0; i < KEYS; i += 100) {
        Rpc.TxnRequest.Builder txn = Rpc.TxnRequest.newBuilder();
        for (int key = i; key < i + 100; key++) {
          txn.addSuccessBuilder()
              .getRequestPutBuilder()
              .setKey(bytes("k" + key))
              .setValue(bytes("value " + key));
        }
        var _ = kv.txn(txn.build());
      }
      Process in = etcdctl.start(first.url, "make-mirror", host(ours.url()));
      Process out = etcdctl.start(ours.url(), "make-mirror", host(last.url));
      try {
        awaitSame(first.client, last.client);
        for (int i = 0; i < 50; i++) {
          var _ =
              kv.put(PutRequest.newBuilder().setKey(bytes("k" + i)).setValue(bytes("new")).build());
          var _ = kv.deleteRange(DeleteRangeRequest.newBuilder().setKey(bytes("k1" + i)).build());
        }
        awaitSame(first.client, last.client);
        assertThat(contents(ours.client)).isEqualTo(contents(first.client));
      } finally {
        in.destroyForcibly();
        out.destroyForcibly();
      }
    }
  }

  private static String host(String url) {
    return url.substring("http://".length());
  }

  private static void awaitSame(Endpoint.Client source, Endpoint.Client target)
      throws InterruptedException {
    Instant deadline = Instant.now().plusSeconds(60);
    while (!contents(target).equals(contents(source))) {
      assertThat(Instant.now()).isBefore(deadline);
      Thread.sleep(50);
    }
  }

  private record Entry(ByteString key, ByteString value) {}

  /// Without revisions, which are each server's own.
  private static List<Entry> contents(Endpoint.Client client) {
    return KVGrpc.newBlockingStub(client.channel())
        .range(Transcript.everything().build())
        .getKvsList()
        .stream()
        .map((KeyValue kv) -> new Entry(kv.getKey(), kv.getValue()))
        .toList();
  }
}
