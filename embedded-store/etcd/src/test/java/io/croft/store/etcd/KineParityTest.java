package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.etcd.wire.ClusterGrpc;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.LeaseGrpc;
import io.croft.store.etcd.wire.MaintenanceGrpc;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.etcd.wire.Rpc.Compare;
import io.croft.store.etcd.wire.Rpc.DeleteRangeRequest;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest.SortOrder;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.croft.store.etcd.wire.Rpc.RequestOp;
import io.croft.store.etcd.wire.Rpc.TxnRequest;
import io.croft.store.etcd.wire.Rpc.TxnResponse;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest.FilterType;
import io.croft.store.etcd.wire.Rpc.WatchResponse;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where kine answers otherwise than etcd, this does not.
@Tag("S57")
class KineParityTest {
  @TempDir Path directory;
  private Endpoint endpoint;
  private KVGrpc.KVBlockingStub kv;

  @BeforeEach
  void start() throws IOException {
    endpoint = new Endpoint(directory);
    kv = KVGrpc.newBlockingStub(endpoint.client.channel());
  }

  @AfterEach
  void stop() {
    endpoint.close();
  }

  private void put(String key, String value) {
    var _ = kv.put(PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).build());
  }

  private RangeResponse get(RangeRequest.Builder request) {
    return kv.range(request.build());
  }

  private static RangeRequest.Builder key(String key) {
    return RangeRequest.newBuilder().setKey(bytes(key));
  }

  @Test
  void beginsAtOneAndCountsVersionsOfEveryKey() {
    assertThat(get(key("a")).getHeader().getRevision()).isEqualTo(1);
    for (int i = 0; i < 3; i++) {
      put("a", "" + i);
      put("b", "" + i);
    }
    assertThat(get(key("a")).getKvs(0).getVersion()).isEqualTo(3);
    assertThat(get(key("a")).getKvs(0).getValue()).isEqualTo(bytes("2"));
  }

  @Test
  void comparesTheKeyAndNotTheStore() {
    put("a", "1");
    put("b", "1");
    put("a", "2");
    assertThat(get(key("a")).getKvs(0).getValue()).isEqualTo(bytes("2"));
    TxnRequest.Builder deleteOfNothing =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(bytes("absent"))
                    .setTarget(Compare.CompareTarget.MOD)
                    .setModRevision(3))
            .addSuccess(
                RequestOp.newBuilder()
                    .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(bytes("absent"))))
            .addFailure(RequestOp.newBuilder().setRequestRange(key("absent")));
    TxnResponse response = kv.txn(deleteOfNothing.build());
    assertThat(response.getSucceeded()).isFalse();
    assertThat(response.getResponses(0).getResponseRange().getCount()).isZero();
  }

  @Test
  void doesAnyTransaction() {
    TxnRequest.Builder any =
        TxnRequest.newBuilder()
            .addSuccess(
                RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder().setKey(bytes("a"))))
            .addSuccess(
                RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder().setKey(bytes("b"))))
            .addSuccess(RequestOp.newBuilder().setRequestRange(key("a").setRangeEnd(bytes("z"))));
    TxnResponse response = kv.txn(any.build());
    assertThat(response.getResponses(2).getResponseRange().getCount()).isEqualTo(2);
  }

  @Test
  void readsAndDeletesRangesWithAllOptions() {
    for (String key : new String[] {"a", "b", "c"}) {
      put(key, key);
    }
    RangeRequest.Builder all = key("a").setRangeEnd(bytes("z"));
    assertThat(get(key("a").setLimit(5).setSerializable(true)).getCount()).isEqualTo(1);
    assertThat(get(all.clone().setSortOrder(SortOrder.DESCEND)).getKvs(0).getKey())
        .isEqualTo(bytes("c"));
    assertThat(get(all.clone().setMinModRevision(3).setMaxCreateRevision(3)).getKvsList())
        .hasSize(1);
    assertThat(get(all.clone().setKeysOnly(true)).getKvs(0).getValue().isEmpty()).isTrue();
    DeleteRangeRequest.Builder some =
        DeleteRangeRequest.newBuilder().setKey(bytes("a")).setRangeEnd(bytes("c"));
    assertThat(kv.deleteRange(some.build()).getDeleted()).isEqualTo(2);
  }

  @Test
  void watchesAsAsked() {
    put("a", "1");
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      tape.create(
          WatchCreateRequest.newBuilder()
              .setKey(bytes("a"))
              .setWatchId(42)
              .addFilters(FilterType.NOPUT));
      WatchResponse created = tape.next();
      assertThat(created.getWatchId()).isEqualTo(42);
      assertThat(created.getHeader().getRevision()).isEqualTo(2);
      assertThat(created.getHeader().getClusterId()).isNotZero();
      put("a", "2");
      var _ = kv.deleteRange(DeleteRangeRequest.newBuilder().setKey(bytes("a")).build());
      WatchResponse deleted = tape.next();
      assertThat(deleted.getEventsCount()).isEqualTo(1);
      assertThat(deleted.getEvents(0).hasPrevKv()).isFalse();
    }
  }

  @Test
  void hasLeasesOfTheirOwn() {
    LeaseGrpc.LeaseBlockingStub leases = LeaseGrpc.newBlockingStub(endpoint.client.channel());
    Rpc.LeaseGrantRequest request = Rpc.LeaseGrantRequest.newBuilder().setTTL(60).build();
    long one = leases.leaseGrant(request).getID();
    long other = leases.leaseGrant(request).getID();
    assertThat(one).isNotEqualTo(other).isNotEqualTo(60);
    var _ = leases.leaseRevoke(Rpc.LeaseRevokeRequest.newBuilder().setID(one).build());
    assertThat(leases.leaseLeases(Rpc.LeaseLeasesRequest.getDefaultInstance()).getLeasesList())
        .extracting(Rpc.LeaseStatus::getID)
        .containsExactly(other);
  }

  @Test
  void isMaintained() {
    Rpc.Member member =
        ClusterGrpc.newBlockingStub(endpoint.client.channel())
            .memberList(Rpc.MemberListRequest.getDefaultInstance())
            .getMembers(0);
    assertThat(member.getID()).isNotZero();
    assertThat(member.getClientURLsList()).containsExactly(endpoint.url());
    MaintenanceGrpc.MaintenanceBlockingStub maintenance =
        MaintenanceGrpc.newBlockingStub(endpoint.client.channel());
    assertThat(maintenance.alarm(Rpc.AlarmRequest.getDefaultInstance()).getAlarmsList()).isEmpty();
    assertThat(maintenance.defragment(Rpc.DefragmentRequest.getDefaultInstance()).hasHeader())
        .isTrue();
    int hash = maintenance.hash(Rpc.HashRequest.getDefaultInstance()).getHash();
    assertThat(maintenance.hashKV(Rpc.HashKVRequest.getDefaultInstance()).getHash())
        .isEqualTo(hash);
  }
}
