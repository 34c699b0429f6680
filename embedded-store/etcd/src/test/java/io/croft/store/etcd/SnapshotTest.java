package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.Txn;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.LeaseGrpc;
import io.croft.store.etcd.wire.MaintenanceGrpc;
import io.croft.store.etcd.wire.Mvcc.KeyValue;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.croft.store.etcd.wire.Rpc.SnapshotRequest;
import io.croft.store.etcd.wire.Rpc.SnapshotResponse;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S54")
class SnapshotTest {
  private final Random random = new Random(5);
  @TempDir Path directory;
  private Endpoint endpoint;

  @BeforeEach
  void start() throws IOException {
    endpoint = new Endpoint(directory.resolve("ours"));
  }

  @AfterEach
  void stop() {
    endpoint.close();
  }

  private void put(Op... puts) {
    var _ = endpoint.store.txn(new Txn(List.of(), List.of(puts), List.of()));
  }

  private Op put(String key, int bytes, long lease) {
    byte[] value = new byte[bytes];
    random.nextBytes(value);
    return Op.put(Bytes.utf8(key), Bytes.wrap(value), lease);
  }

  private void fill(int keys) {
    var _ = endpoint.store.leases().grant(77, 6000);
    for (int i = 0; i < keys; i += 20) {
      List<Op> puts = new ArrayList<>();
      for (int key : random.ints(0, keys).distinct().limit(20).toArray()) {
        puts.add(put("k" + key, random.nextInt(3000), 0));
        puts.add(put("l" + key, 10, i % 3 == 0 ? 77 : 0));
      }
      put(puts.toArray(Op[]::new));
    }
    put(put("big", 1_400_000, 0));
    put(put("middle", 5000, 77), Op.put(Bytes.wrap(new byte[] {0, -1}), Bytes.EMPTY, 0));
    // The newest revision has no key of its own.
    put(put("gone", 3, 0));
    put(Op.delete(Bytes.utf8("gone")));
  }

  /// The programs of either version save and restore; the etcd that serves it is the same.
  @ParameterizedTest
  @CsvSource({"etcdctl, etcdutl, 0", "etcdctl-3.4, etcdctl-3.4, 20", "etcdctl, etcdutl, 2000"})
  void isWhatEtcdRestores(String saver, String restorer, int keys) throws IOException {
    Path etcd = Peers.find("etcd");
    Etcdctl save = new Etcdctl(Peers.find(saver));
    Etcdctl restore = new Etcdctl(Peers.find(restorer));
    if (keys > 0) {
      fill(keys);
    }
    String file = directory.resolve("snapshot").toString();
    assertThat(save.run(endpoint.url(), "", "snapshot", "save", file)).contains("napshot saved");
    assertThat(Files.size(Path.of(file)) % 512).isEqualTo(32);
    RangeResponse expected = everything(endpoint.client);
    long newest =
        expected.getKvsList().stream().mapToLong(KeyValue::getModRevision).max().orElse(0);
    assertThat(restore.run("", "", "snapshot", "status", file, "--write-out=json"))
        .contains("\"revision\":" + newest + ",");
    Path target = directory.resolve("etcd");
    assertThat(restore.run("", "", "snapshot", "restore", file, "--data-dir=" + target))
        .contains("restored snapshot");
    try (RealEtcd restored = new RealEtcd(etcd, target)) {
      RangeResponse actual = everything(restored.client);
      assertThat(actual.getKvsList()).isEqualTo(expected.getKvsList());
      assertThat(actual.getHeader().getRevision()).isEqualTo(expected.getHeader().getRevision());
      goesOn(restored);
      if (keys > 0) {
        leaseIsThere(restored);
      }
    }
  }

  private static RangeResponse everything(Endpoint.Client client) {
    return KVGrpc.newBlockingStub(client.channel()).range(Transcript.everything().build());
  }

  /// etcd writes into the file, splitting and merging its pages, and opens it again.
  private void goesOn(RealEtcd restored) {
    KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(restored.client.channel());
    long before = everything(restored.client).getHeader().getRevision();
    int writes = 300;
    for (int i = 0; i < writes; i++) {
      ByteString key = bytes("k" + random.nextInt(writes));
      if (i % 3 == 0) {
        var _ = kv.put(Rpc.PutRequest.newBuilder().setKey(key).build());
      } else {
        var _ = kv.deleteRange(Rpc.DeleteRangeRequest.newBuilder().setKey(key).build());
      }
    }
    var _ = kv.put(Rpc.PutRequest.newBuilder().setKey(bytes("last")).build());
    RangeResponse then = everything(restored.client);
    assertThat(then.getHeader().getRevision()).isGreaterThan(before);
    var _ =
        kv.compact(
            Rpc.CompactionRequest.newBuilder()
                .setRevision(then.getHeader().getRevision())
                .setPhysical(true)
                .build());
    var _ =
        MaintenanceGrpc.newBlockingStub(restored.client.channel())
            .defragment(Rpc.DefragmentRequest.getDefaultInstance());
    assertThat(everything(restored.client).getKvsList()).isEqualTo(then.getKvsList());
  }

  private static void leaseIsThere(RealEtcd restored) {
    Rpc.LeaseTimeToLiveResponse lease =
        LeaseGrpc.newBlockingStub(restored.client.channel())
            .leaseTimeToLive(
                Rpc.LeaseTimeToLiveRequest.newBuilder().setID(77).setKeys(true).build());
    assertThat(lease.getGrantedTTL()).isEqualTo(6000);
    assertThat(lease.getKeysList()).contains(bytes("middle"));
  }

  @Test
  void isOfOneRevisionWhileWritesGoOn() throws Exception {
    Etcdctl etcdutl = new Etcdctl(Peers.find("etcdutl"));
    for (int i = 0; i < 200; i++) {
      put(put("a" + i, 100, 0), put("b" + i, 100, 0));
    }
    CompletableFuture<Void> written =
        CompletableFuture.runAsync(() -> {
          for (int i = 0; i < 500; i++) {
            put(put("a" + i % 500, 100, 0), put("b" + i % 500, 100, 0));
          }
        });
    for (int round = 0; round < 3; round++) {
      Path file = directory.resolve("snapshot" + round);
      List<SnapshotResponse> blobs = new ArrayList<>();
      snapshot().forEachRemaining(blobs::add);
      Files.write(
          file,
          ByteString.copyFrom(blobs.stream().map(SnapshotResponse::getBlob).toList())
              .toByteArray());
      assertThat(blobs.getLast().getRemainingBytes()).isZero();
      assertThat(blobs.getLast().getBlob().size()).isEqualTo(32);
      long revision = blobs.getFirst().getHeader().getRevision();
      // Every transaction but a torn one has as many keys of each kind, and is the newest.
      assertThat(etcdutl.run("", "", "snapshot", "status", file.toString(), "--write-out=json"))
          .contains("\"revision\":" + revision + ",")
          .containsPattern("\"totalKey\":\\d*[02468],");
    }
    written.get(60, TimeUnit.SECONDS);
  }

  private Iterator<SnapshotResponse> snapshot() {
    return MaintenanceGrpc.newBlockingStub(endpoint.client.channel())
        .snapshot(SnapshotRequest.getDefaultInstance());
  }

  @Test
  void refusesMoreThanTwoAtOnceAndLeavesNoFiles() throws Exception {
    for (int i = 0; i < 10; i++) {
      put(put("k" + i, 1_400_000, 0));
    }
    Iterator<SnapshotResponse> first = snapshot();
    Iterator<SnapshotResponse> second = snapshot();
    first.next();
    second.next();
    Iterator<SnapshotResponse> third = snapshot();
    try {
      third.next();
      throw new AssertionError("not refused");
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus())
          .extracting(Status::getCode, Status::getDescription)
          .containsExactly(Code.RESOURCE_EXHAUSTED, "etcdserver: too many requests");
    }
    first.forEachRemaining(blob -> {});
    second.forEachRemaining(blob -> {});
    snapshot().forEachRemaining(blob -> {});
    try (var files = Files.list(directory.resolve("ours/scratch"))) {
      assertThat(files).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 4000, 1 << 20})
  void sortsByRevisionWhateverTheMemory(long pieceBytes) throws IOException {
    List<KeyValue> keys = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      keys.add(
          KeyValue.newBuilder()
              .setKey(bytes("k" + i))
              .setModRevision(random.nextInt(100))
              .setValue(ByteString.copyFrom(new byte[random.nextInt(300)]))
              .build());
    }
    List<KeyValue> sorted = new ArrayList<>();
    try (RevisionSort sort = new RevisionSort(directory, pieceBytes)) {
      for (KeyValue kv : keys) {
        sort.add(kv);
      }
      sort.drainTo(sorted::add);
    }
    assertThat(sorted).hasSize(500).containsAll(keys);
    assertThat(sorted)
        .isSortedAccordingTo(
            Comparator.comparingLong(KeyValue::getModRevision)
                .thenComparing(KeyValue::getKey, ByteString.unsignedLexicographicalComparator()));
  }
}
