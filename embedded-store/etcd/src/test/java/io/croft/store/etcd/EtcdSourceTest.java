package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.ByteString;
import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.RangeRequest;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.LeaseGrpc;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.transfer.Existing;
import io.croft.store.transfer.ExportSummary;
import io.croft.store.transfer.Import;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EtcdSourceTest {
  private static final EtcdClientTls NO_TLS = new EtcdClientTls(List.of(), null);
  private final Random random = new Random(3);
  @TempDir Path directory;

  private void fill(Endpoint.Client client) {
    KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(client.channel());
    var _ =
        LeaseGrpc.newBlockingStub(client.channel())
            .leaseGrant(Rpc.LeaseGrantRequest.newBuilder().setID(99).setTTL(5000).build());
    for (int i = 0; i < 600; i += 60) {
      Rpc.TxnRequest.Builder txn = Rpc.TxnRequest.newBuilder();
      for (int key : random.ints(0, 500).distinct().limit(60).toArray()) {
        byte[] value = new byte[txn.getSuccessCount() == 7 ? 700_000 : random.nextInt(2000)];
        random.nextBytes(value);
        txn.addSuccessBuilder()
            .getRequestPutBuilder()
            .setKey(bytes("/k" + key))
            .setValue(ByteString.copyFrom(value))
            .setLease(key % 10 == 0 ? 99 : 0);
      }
      var _ = kv.txn(txn.build());
    }
    put(kv, ByteString.copyFrom(new byte[] {0}), new byte[1], 0);
    put(kv, ByteString.copyFrom(new byte[] {-1, -1}), new byte[0], 99);
  }

  private static void put(KVGrpc.KVBlockingStub kv, ByteString key, byte[] value, long lease) {
    var _ =
        kv.put(
            Rpc.PutRequest.newBuilder()
                .setKey(key)
                .setValue(ByteString.copyFrom(value))
                .setLease(lease)
                .build());
  }

  /// Imports what an endpoint has and compares.
  private void assertMoves(String url, Endpoint.Client from) throws IOException {
    Path file = directory.resolve("export");
    ExportSummary summary;
    try (EtcdSource source = EtcdSource.of(url, NO_TLS);
        OutputStream out = Files.newOutputStream(file)) {
      summary = source.export(Bytes.EMPTY, Instant.EPOCH, out);
    }
    Rpc.RangeResponse expected =
        KVGrpc.newBlockingStub(from.channel()).range(Transcript.everything().build());
    assertThat(summary.revision()).isEqualTo(expected.getHeader().getRevision());
    assertThat(summary.keys()).isEqualTo(expected.getCount());
    try (EmbeddedStore target =
        EmbeddedStore.open(directory.resolve("target"), StoreConfig.defaults())) {
      var _ = Import.run(file, target, Existing.REFUSE);
      Bytes zero = Bytes.wrap(new byte[1]);
      List<KeyValue> actual = target.range(RangeRequest.range(zero, zero)).kvs();
      assertThat(actual).hasSize(expected.getKvsCount());
      for (int i = 0; i < actual.size(); i++) {
        assertThat(ToWire.bytes(actual.get(i).key())).isEqualTo(expected.getKvs(i).getKey());
        assertThat(ToWire.bytes(actual.get(i).value())).isEqualTo(expected.getKvs(i).getValue());
        assertThat(actual.get(i).lease()).isEqualTo(expected.getKvs(i).getLease());
      }
      assertThat(target.leases().timeToLive(99).ttlSeconds()).isEqualTo(5000);
    }
  }

  @Test
  void movesWhatARealEtcdHas() throws IOException {
    Path program = Peers.find("etcd");
    try (RealEtcd etcd = new RealEtcd(program, directory.resolve("etcd"))) {
      fill(etcd.client);
      assertMoves(etcd.url, etcd.client);
    }
  }

  @Test
  void movesWhatAnEndpointOfOursHas() throws IOException {
    try (Endpoint ours = new Endpoint(directory.resolve("ours"))) {
      fill(ours.client);
      assertMoves(ours.url(), ours.client);
    }
  }

  @Test
  void readsAPrefixOfOneRevision() throws IOException {
    try (Endpoint ours = new Endpoint(directory.resolve("ours"))) {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(ours.client.channel());
      for (int i = 0; i < 100; i++) {
        put(kv, bytes("/a/" + i), new byte[1], 0);
        put(kv, bytes("/b/" + i), new byte[1], 0);
      }
      Recorded recorded =
          new Recorded() {
            @Override
            public void key(KeyValue kv0) {
              super.key(kv0);
              put(kv, bytes("/a/later" + kvs.size()), new byte[1], 0);
            }
          };
      try (EtcdSource source = EtcdSource.of(ours.url(), NO_TLS)) {
        source.read(Bytes.utf8("/a/"), recorded);
      }
      assertThat(recorded.revision).isEqualTo(201);
      assertThat(recorded.kvs).hasSize(100);
      assertThat(recorded.kvs).allMatch(kv0 -> kv0.key().startsWith(Bytes.utf8("/a/")));
    }
  }

  @Test
  void readsOverTlsWithACertificate() throws IOException {
    Certificates site = new Certificates("site");
    EtcdTls server = site.issue("server", List.of(site.authority));
    try (EmbeddedStore store = EmbeddedStore.open(directory, StoreConfig.defaults());
        EtcdServer endpoint = new EtcdServer(store, EtcdConfig.loopback(0, server, directory))) {
      endpoint.start();
      EtcdClientTls known =
          new EtcdClientTls(List.of(site.authority), site.issue("client", List.of()));
      Recorded recorded = new Recorded();
      try (EtcdSource source = EtcdSource.of(endpoint.url(), known)) {
        source.read(Bytes.EMPTY, recorded);
      }
      assertThat(recorded.revision).isEqualTo(1);
      EtcdClientTls unknown = new EtcdClientTls(List.of(site.authority), null);
      try (EtcdSource source = EtcdSource.of(endpoint.url(), unknown)) {
        assertThatExceptionOfType(IOException.class)
            .isThrownBy(() -> source.read(Bytes.EMPTY, new Recorded()))
            .withMessageStartingWith(endpoint.url() + " cannot be read: UNAVAILABLE");
      }
    }
  }

  @Test
  void readsOverAUnixSocket() throws IOException {
    EtcdAddress address = new EtcdAddress.Unix(directory.resolve("s"));
    try (EmbeddedStore store =
            EmbeddedStore.open(directory.resolve("store"), StoreConfig.defaults());
        EtcdServer endpoint = new EtcdServer(store, new EtcdConfig(address, null, directory))) {
      endpoint.start();
      Recorded recorded = new Recorded();
      try (EtcdSource source = EtcdSource.of(endpoint.url(), NO_TLS)) {
        source.read(Bytes.EMPTY, recorded);
      }
      assertThat(recorded.revision).isEqualTo(1);
    }
  }

  @Test
  void saysWhyItCannotRead() throws IOException {
    for (String wrong :
        List.of("", "127.0.0.1:2379", "http://x", "ftp://x:1", "unix://x/y", "http://u@h:1", "%")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> EtcdSource.of(wrong, NO_TLS))
          .withMessageContaining("wanted is http://HOST:PORT");
    }
    try (EtcdSource source = EtcdSource.of("http://127.0.0.1:1", NO_TLS)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> source.read(Bytes.EMPTY, new Recorded()))
          .withMessageStartingWith("http://127.0.0.1:1 cannot be read: UNAVAILABLE");
    }
    try (Endpoint ours = new Endpoint(directory.resolve("ours"));
        EtcdSource source = EtcdSource.of(ours.url(), NO_TLS)) {
      fill(ours.client);
      Recorded compacting =
          new Recorded() {
            @Override
            public void key(KeyValue kv) {
              super.key(kv);
              if (kvs.size() == 1) {
                put(KVGrpc.newBlockingStub(ours.client.channel()), bytes("/"), new byte[1], 0);
                ours.store.compact(ours.store.revision());
              }
            }
          };
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> source.read(Bytes.EMPTY, compacting))
          .withMessageStartingWith(ours.url() + " has compacted the revision");
    }
  }

  @Test
  void readsKine() throws IOException {
    try (Endpoint ours = new Endpoint(directory.resolve("ours"));
        LikeKine kine = new LikeKine(ours)) {
      fill(ours.client);
      Recorded recorded = new Recorded();
      try (EtcdSource source = EtcdSource.of(kine.url(), NO_TLS)) {
        source.read(Bytes.EMPTY, recorded);
      }
      assertThat(recorded.revision).isEqualTo(ours.store.revision());
      assertThat(recorded.leases).containsExactly("99 for 99 s");
      assertThat(recorded.kvs)
          .isNotEmpty()
          .allMatch(kv -> kv.key().startsWith(Bytes.utf8("/")) && kv.version() == 1);
    }
  }

  private static class Recorded implements EtcdSource.Target {
    final List<KeyValue> kvs = new ArrayList<>();
    final List<String> leases = new ArrayList<>();
    long revision;

    @Override
    public void begin(long at) {
      revision = at;
    }

    @Override
    public void lease(long id, long ttlSeconds) {
      leases.add(id + " for " + ttlSeconds + " s");
    }

    @Override
    public void key(KeyValue kv) {
      kvs.add(kv);
    }
  }

  /// What kine does with ranges: no order, no range to the end, no versions, no ids in headers, and
  /// nothing about leases.
  private static final class LikeKine extends KVGrpc.KVImplBase implements AutoCloseable {
    private final KVGrpc.KVBlockingStub behind;
    private final Server server;

    LikeKine(Endpoint endpoint) throws IOException {
      behind = KVGrpc.newBlockingStub(endpoint.client.channel());
      server =
          NettyServerBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                  InsecureServerCredentials.create())
              .addService(this)
              .build()
              .start();
    }

    String url() {
      return "http://127.0.0.1:" + server.getPort();
    }

    @Override
    public void range(Rpc.RangeRequest request, StreamObserver<Rpc.RangeResponse> observer) {
      boolean isSingle = request.getRangeEnd().isEmpty();
      if (request.getSortOrderValue() != 0
          || request.getSortTargetValue() != 0
          || request.getSerializable()
          || request.getMinModRevision() != 0
          || (isSingle && request.getLimit() > 1)) {
        observer.onError(Status.UNKNOWN.withDescription("unsupported").asRuntimeException());
        return;
      }
      if (request.getRangeEnd().equals(bytes("\0"))) {
        observer.onNext(Rpc.RangeResponse.getDefaultInstance());
        observer.onCompleted();
        return;
      }
      Rpc.RangeResponse.Builder response = behind.range(request).toBuilder();
      response.getHeaderBuilder().clearClusterId().clearMemberId().clearRaftTerm();
      response.getKvsBuilderList().forEach(kv -> kv.clearVersion());
      observer.onNext(response.build());
      observer.onCompleted();
    }

    @Override
    public void close() {
      server.shutdownNow();
    }
  }
}
