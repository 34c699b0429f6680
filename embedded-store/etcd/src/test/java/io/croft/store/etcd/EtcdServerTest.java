package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.croft.store.etcd.wire.HealthGrpc;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.MaintenanceGrpc;
import io.croft.store.etcd.wire.Probe.HealthCheckRequest;
import io.croft.store.etcd.wire.Probe.HealthCheckResponse;
import io.croft.store.etcd.wire.Probe.HealthCheckResponse.ServingStatus;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.etcd.wire.Rpc.HashKVRequest;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.croft.store.etcd.wire.Rpc.StatusRequest;
import io.croft.store.etcd.wire.Rpc.StatusResponse;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EtcdServerTest {
  @TempDir Path directory;
  private Endpoint endpoint;
  private KVGrpc.KVBlockingStub kv;
  private MaintenanceGrpc.MaintenanceBlockingStub maintenance;

  @BeforeEach
  void start() throws IOException {
    endpoint = new Endpoint(directory);
    kv = KVGrpc.newBlockingStub(endpoint.client.channel());
    maintenance = MaintenanceGrpc.newBlockingStub(endpoint.client.channel());
  }

  @AfterEach
  void stop() {
    endpoint.close();
  }

  private void put(String key, String value) {
    var _ = kv.put(PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).build());
  }

  private static Status refusal(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
    throw new AssertionError("not refused");
  }

  @Test
  @Tag("S33")
  void tellsAVersionThatHasProgressRequestsAndTheSizeOnDisk() {
    StatusResponse status = maintenance.status(StatusRequest.getDefaultInstance());
    assertThat(status.getVersion()).matches("3\\.7\\.\\d+");
    assertThat(status.getDbSize()).isPositive();
    assertThat(status.getLeader()).isNotZero().isEqualTo(status.getHeader().getMemberId());
  }

  @Test
  @Tag("S35")
  void tellsThatItServes() {
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(endpoint.client.channel());
    HealthCheckRequest whole = HealthCheckRequest.getDefaultInstance();
    assertThat(health.check(whole).getStatus()).isEqualTo(ServingStatus.SERVING);
    HealthCheckRequest unknown = whole.toBuilder().setService("x").build();
    assertThat(refusal(() -> health.check(unknown)).getCode()).isEqualTo(Code.NOT_FOUND);
    Iterator<HealthCheckResponse> changes = health.watch(whole);
    assertThat(changes.next().getStatus()).isEqualTo(ServingStatus.SERVING);
    assertThat(health.watch(unknown).next().getStatus()).isEqualTo(ServingStatus.SERVICE_UNKNOWN);
    endpoint.store.close();
    assertThat(changes.next().getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(health.check(whole).getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(refusal(() -> put("a", "1")))
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(Code.UNAVAILABLE, "etcdserver: server stopped");
  }

  @ParameterizedTest
  @CsvSource({
    "etcdserverpb.Auth, AuthStatus",
    "etcdserverpb.Cluster, MemberAdd",
    "grpc.reflection.v1.ServerReflection, ServerReflectionInfo"
  })
  @Tag("S36")
  void refusesMethodsThatAreNotServed(String service, String method) {
    MethodDescriptor<RangeRequest, RangeResponse> unknown =
        KVGrpc.getRangeMethod().toBuilder()
            .setFullMethodName(MethodDescriptor.generateFullMethodName(service, method))
            .build();
    Status status =
        refusal(() ->
            ClientCalls.blockingUnaryCall(
                endpoint.client.channel(),
                unknown,
                CallOptions.DEFAULT,
                RangeRequest.getDefaultInstance()));
    assertThat(status.getCode()).isEqualTo(Code.UNIMPLEMENTED);
  }

  @Test
  @Tag("S40")
  void refusesRequestsThatAreTooLarge() {
    put("a", "x".repeat(1_468_006));
    assertThat(refusal(() -> put("a", "x".repeat(2 << 20))))
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(Code.INVALID_ARGUMENT, "etcdserver: request is too large");
    assertThat(refusal(() -> put("a", "x".repeat(8 << 20))).getCode())
        .isEqualTo(Code.RESOURCE_EXHAUSTED);
    put("a", "1");
  }

  @Test
  void answersRangesOfAnySize() {
    for (int i = 0; i < 30; i++) {
      put("k" + i, "x".repeat(1_000_000));
    }
    RangeRequest all = Transcript.everything().build();
    assertThat(kv.range(all).getSerializedSize()).isGreaterThan(30_000_000);
  }

  @Test
  @Tag("S6")
  void refusesSortOptionsThatDoNotExist() {
    RangeRequest.Builder request = RangeRequest.newBuilder().setKey(bytes("a"));
    for (RangeRequest.Builder wrong :
        List.of(request.clone().setSortOrderValue(9), request.clone().setSortTargetValue(9))) {
      assertThat(refusal(() -> kv.range(wrong.build())))
          .extracting(Status::getCode, Status::getDescription)
          .containsExactly(Code.INVALID_ARGUMENT, "etcdserver: invalid sort option");
    }
  }

  @Test
  void hashesContentsAlikeWhateverTheirHistory() throws IOException {
    put("a", "0");
    put("a", "1");
    long then = kv.range(Transcript.everything().build()).getHeader().getRevision();
    int hash = hash(0);
    put("b", "1");
    assertThat(hash(0)).isNotEqualTo(hash);
    assertThat(hash(then)).isEqualTo(hash);
    endpoint.store.compact(then);
    assertThat(hash(then)).isEqualTo(hash);
  }

  private int hash(long revision) {
    return maintenance.hashKV(HashKVRequest.newBuilder().setRevision(revision).build()).getHash();
  }

  @Test
  @Tag("S12")
  void aMissSaysThatTheKeyCameLater() throws Exception {
    int keys = 300;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> done = new ArrayList<>();
      for (int writer = 0; writer < 8; writer++) {
        int offset = writer;
        done.add(
            threads.submit(() -> {
              for (int i = offset; i < keys; i += 8) {
                put("k" + i, "1");
              }
            }));
      }
      for (int reader = 0; reader < 8; reader++) {
        done.add(threads.submit(() -> readAll(keys)));
      }
      for (Future<?> each : done) {
        each.get(60, TimeUnit.SECONDS);
      }
    }
  }

  private void readAll(int keys) {
    for (int i = 0; i < keys; ) {
      RangeRequest request = RangeRequest.newBuilder().setKey(bytes("k" + i)).build();
      RangeResponse missed = kv.range(request);
      if (missed.getCount() > 0) {
        assertThat(missed.getKvs(0).getModRevision())
            .isLessThanOrEqualTo(missed.getHeader().getRevision());
        i++;
        continue;
      }
      RangeResponse next = kv.range(request);
      if (next.getCount() > 0) {
        assertThat(next.getKvs(0).getCreateRevision())
            .isGreaterThan(missed.getHeader().getRevision());
      }
    }
  }

  @Test
  void endsStreamsWhenItStops() {
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      tape.create(WatchCreateRequest.newBuilder().setKey(bytes("a")));
      assertThat(tape.next().getCreated()).isTrue();
      endpoint.server.close();
      endpoint.server.close();
      assertThat(Status.fromThrowable(tape.end.join()))
          .extracting(Status::getCode, Status::getDescription)
          .containsExactly(Code.UNAVAILABLE, "etcdserver: server stopped");
    }
    assertThat(refusal(() -> put("a", "1")).getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(endpoint.store.revision()).isEqualTo(1);
  }

  @Test
  void endsStreamsWhenTheStoreStops() {
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      tape.create(WatchCreateRequest.newBuilder().setKey(bytes("a")));
      assertThat(tape.next().getCreated()).isTrue();
      endpoint.store.close();
      assertThat(Status.fromThrowable(tape.end.join()).getCode()).isEqualTo(Code.UNAVAILABLE);
    }
    try (WatchTape tape = new WatchTape(endpoint.client)) {
      assertThat(Status.fromThrowable(tape.end.join()).getCode()).isEqualTo(Code.UNAVAILABLE);
    }
  }

  @Test
  void refusesAPortThatIsTaken() throws IOException {
    EtcdConfig same = EtcdConfig.loopback(endpoint.server.port(), null, directory);
    try (EtcdServer second = new EtcdServer(endpoint.store, same)) {
      assertThatExceptionOfType(IOException.class).isThrownBy(second::start);
      assertThatIllegalStateException().isThrownBy(second::port);
    }
  }

  @Test
  void tellsThePresentRevisionInEveryHeader() {
    put("a", "1");
    Rpc.ResponseHeader header =
        maintenance.defragment(Rpc.DefragmentRequest.getDefaultInstance()).getHeader();
    assertThat(header.getRevision()).isEqualTo(2);
    assertThat(header.getRaftTerm()).isPositive();
  }
}
