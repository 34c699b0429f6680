package io.croft.store.etcd;

import com.google.protobuf.ByteString;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.LeaseGrpc;
import io.croft.store.etcd.wire.Rpc.CompactionRequest;
import io.croft.store.etcd.wire.Rpc.Compare;
import io.croft.store.etcd.wire.Rpc.DeleteRangeRequest;
import io.croft.store.etcd.wire.Rpc.LeaseGrantRequest;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.croft.store.etcd.wire.Rpc.RequestOp;
import io.croft.store.etcd.wire.Rpc.TxnRequest;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest;
import io.croft.store.etcd.wire.Rpc.WatchRequest;
import io.croft.store.etcd.wire.Rpc.WatchResponse;
import io.croft.store.etcd.wire.WatchGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What a build has an endpoint do once, so that Java learns which classes and methods matter and
/// keeps that in its ahead-of-time cache: what Kubernetes' API server asks for, by several clients
/// at the same time.
public final class TrainingLoad {
  private static final int CONNECTIONS = 4;
  private static final int CLIENTS = 16;
  private static final int ROUNDS = 400;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final ByteString VALUE = ByteString.copyFrom(new byte[1024]);
  private static final ByteString PREFIX = key("/training/");
  private static final ByteString PREFIX_END = key("/training0");

  private final List<ManagedChannel> channels;

  private TrainingLoad(List<ManagedChannel> channels) {
    this.channels = channels;
  }

  /// @param arguments the endpoint's URL; it may still be starting
  public static void main(String[] arguments) throws Exception {
    List<EtcdChannel> connections = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        connections.add(
            EtcdChannel.open(
                arguments[0], new EtcdClientTls(List.of(), null), EtcdPages.MESSAGE_BYTES));
      }
      new TrainingLoad(connections.stream().map(EtcdChannel::channel).toList()).run();
    } finally {
      connections.forEach(EtcdChannel::close);
    }
  }

  private static ByteString key(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private KVGrpc.KVBlockingStub kv(int client) {
    return KVGrpc.newBlockingStub(channels.get(client % CONNECTIONS));
  }

  private void run() throws IOException, InterruptedException, ExecutionException {
    awaitReady();
    StreamObserver<WatchRequest> watch =
        WatchGrpc.newStub(channels.getFirst()).watch(new Ignored());
    watch.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder().setKey(PREFIX).setRangeEnd(PREFIX_END))
            .build());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int client = i;
        clients.add(threads.submit(() -> work(client)));
      }
      for (Future<?> client : clients) {
        client.get();
      }
    }
    watch.onCompleted();
    long revision = list(0, 1).getHeader().getRevision();
    kv(0).compact(CompactionRequest.newBuilder().setRevision(revision).build());
    kv(0)
        .deleteRange(
            DeleteRangeRequest.newBuilder().setKey(PREFIX).setRangeEnd(PREFIX_END).build());
  }

  private void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try {
        list(0, 1);
        return;
      } catch (StatusRuntimeException e) {
        if (System.nanoTime() > deadline) {
          throw new IOException("the endpoint was not ready within " + LIMIT.toSeconds() + " s", e);
        }
        channels.getFirst().resetConnectBackoff();
        Thread.sleep(20);
      }
    }
  }

  private RangeResponse list(int client, long limit) {
    return kv(client)
        .range(
            RangeRequest.newBuilder()
                .setKey(PREFIX)
                .setRangeEnd(PREFIX_END)
                .setLimit(limit)
                .build());
  }

  private void work(int client) {
    long lease =
        LeaseGrpc.newBlockingStub(channels.get(client % CONNECTIONS))
            .leaseGrant(LeaseGrantRequest.newBuilder().setTTL(60).build())
            .getID();
    for (int round = 0; round < ROUNDS; round++) {
      ByteString name = key("/training/%d/%d".formatted(client, round));
      long created = put(client, name, 0, round % 8 == 0 ? lease : 0);
      if (round % 4 == 0) {
        put(client, name, created, 0);
        kv(client).range(RangeRequest.newBuilder().setKey(name).build());
      }
      if (round % 20 == 0) {
        list(client, 200);
      }
      if (round % 10 == 0) {
        kv(client).deleteRange(DeleteRangeRequest.newBuilder().setKey(name).build());
      }
    }
  }

  /// Puts a key whose last change was at `modRevision`, 0 for one that is not there.
  private long put(int client, ByteString name, long modRevision, long lease) {
    PutRequest put = PutRequest.newBuilder().setKey(name).setValue(VALUE).setLease(lease).build();
    return kv(client)
        .txn(
            TxnRequest.newBuilder()
                .addCompare(
                    Compare.newBuilder()
                        .setKey(name)
                        .setTarget(Compare.CompareTarget.MOD)
                        .setResult(Compare.CompareResult.EQUAL)
                        .setModRevision(modRevision))
                .addSuccess(RequestOp.newBuilder().setRequestPut(put))
                .addFailure(
                    RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(name)))
                .build())
        .getHeader()
        .getRevision();
  }

  private record Ignored() implements StreamObserver<WatchResponse> {
    @Override
    public void onNext(WatchResponse answer) {}

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }
}
