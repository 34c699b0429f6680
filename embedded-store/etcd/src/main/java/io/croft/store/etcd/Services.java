package io.croft.store.etcd;

import com.google.protobuf.MessageLite;
import io.croft.store.Store;
import io.croft.store.etcd.wire.ClusterGrpc;
import io.croft.store.etcd.wire.HealthGrpc;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.LeaseGrpc;
import io.croft.store.etcd.wire.MaintenanceGrpc;
import io.croft.store.etcd.wire.WatchGrpc;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/// The list of RPCs. gRPC answers any other with `UNIMPLEMENTED`.
final class Services {
  private final Store store;
  private final Streams streams;
  private final Headers headers;

  private Services(Store store, Streams streams) {
    this.store = store;
    this.streams = streams;
    this.headers = new Headers(store);
  }

  /// @param url under which clients reach the server
  /// @param scratch directory for large temporary files
  static List<ServerServiceDefinition> of(
      Store store, Streams streams, Supplier<String> url, Path scratch) {
    Services of = new Services(store, streams);
    return List.of(
        of.kv(), of.watch(), of.lease(), of.cluster(url), of.maintenance(scratch), of.health());
  }

  private ServerServiceDefinition kv() {
    return ServerServiceDefinition.builder(KVGrpc.getServiceDescriptor())
        .addMethod(KVGrpc.getRangeMethod(), bounded(new RangeCall(store)))
        .addMethod(
            KVGrpc.getRangeStreamMethod(),
            ServerCalls.asyncServerStreamingCall(new RangeStreamCall(store, streams)))
        .addMethod(KVGrpc.getPutMethod(), bounded(new PutCall(store)))
        .addMethod(KVGrpc.getDeleteRangeMethod(), bounded(new DeleteRangeCall(store)))
        .addMethod(KVGrpc.getTxnMethod(), bounded(new TxnCall(store)))
        .addMethod(KVGrpc.getCompactMethod(), unary(new CompactCall(store, headers)))
        .build();
  }

  private ServerServiceDefinition watch() {
    return ServerServiceDefinition.builder(WatchGrpc.getServiceDescriptor())
        .addMethod(
            WatchGrpc.getWatchMethod(),
            ServerCalls.asyncBidiStreamingCall(new WatchCall(store, streams)))
        .build();
  }

  private ServerServiceDefinition lease() {
    return ServerServiceDefinition.builder(LeaseGrpc.getServiceDescriptor())
        .addMethod(LeaseGrpc.getLeaseGrantMethod(), unary(new LeaseGrantCall(store, headers)))
        .addMethod(LeaseGrpc.getLeaseRevokeMethod(), unary(new LeaseRevokeCall(store)))
        .addMethod(
            LeaseGrpc.getLeaseKeepAliveMethod(),
            ServerCalls.asyncBidiStreamingCall(new LeaseKeepAliveCall(store, headers, streams)))
        .addMethod(
            LeaseGrpc.getLeaseTimeToLiveMethod(), unary(new LeaseTimeToLiveCall(store, headers)))
        .addMethod(LeaseGrpc.getLeaseLeasesMethod(), unary(new LeaseLeasesCall(store, headers)))
        .build();
  }

  private ServerServiceDefinition cluster(Supplier<String> url) {
    return ServerServiceDefinition.builder(ClusterGrpc.getServiceDescriptor())
        .addMethod(ClusterGrpc.getMemberListMethod(), unary(new MemberListCall(headers, url)))
        .build();
  }

  private ServerServiceDefinition maintenance(Path scratch) {
    return ServerServiceDefinition.builder(MaintenanceGrpc.getServiceDescriptor())
        .addMethod(MaintenanceGrpc.getAlarmMethod(), unary(new AlarmCall(store)))
        .addMethod(MaintenanceGrpc.getStatusMethod(), unary(new StatusCall(store)))
        .addMethod(MaintenanceGrpc.getDefragmentMethod(), unary(new DefragmentCall(headers)))
        .addMethod(MaintenanceGrpc.getHashMethod(), unary(new HashCall(store)))
        .addMethod(MaintenanceGrpc.getHashKVMethod(), unary(new HashKVCall(store)))
        .addMethod(
            MaintenanceGrpc.getSnapshotMethod(),
            ServerCalls.asyncServerStreamingCall(new SnapshotCall(store, streams, scratch)))
        .build();
  }

  private ServerServiceDefinition health() {
    Health health = new Health(store);
    return ServerServiceDefinition.builder(HealthGrpc.getServiceDescriptor())
        .addMethod(HealthGrpc.getCheckMethod(), unary(new HealthCheckCall(health)))
        .addMethod(
            HealthGrpc.getWatchMethod(),
            ServerCalls.asyncServerStreamingCall(new HealthWatchCall(health, streams)))
        .build();
  }

  /// For answers that may be large: they count against the connection's budget until the client has
  /// taken them or has gone.
  private static <Q, A extends MessageLite> ServerCallHandler<Q, A> bounded(Unary<Q, A> rpc) {
    return (call, headers) -> {
      AnswerBudget.Share share = AnswerBudget.of(call.getAttributes());
      return ServerCalls.<Q, A>asyncUnaryCall(
              (request, observer) -> {
                A answer;
                int bytes;
                try {
                  share.check();
                  answer = rpc.answer(request);
                  bytes = answer.getSerializedSize();
                  if (rpc instanceof RangeCall) {
                    share.admit(bytes);
                  } else {
                    share.hold(bytes); // what has been written is not refused any more
                  }
                } catch (RuntimeException e) {
                  observer.onError(Failures.of(e));
                  return;
                }
                var outgoing = (ServerCallStreamObserver<A>) observer;
                outgoing.setOnCloseHandler(() -> share.release(bytes));
                outgoing.setOnCancelHandler(() -> share.release(bytes));
                observer.onNext(answer);
                observer.onCompleted();
              })
          .startCall(call, headers);
    };
  }

  private static <Q, A> ServerCallHandler<Q, A> unary(Unary<Q, A> rpc) {
    return ServerCalls.asyncUnaryCall((request, observer) -> {
      A answer;
      try {
        answer = rpc.answer(request);
      } catch (RuntimeException e) {
        observer.onError(Failures.of(e));
        return;
      }
      observer.onNext(answer);
      observer.onCompleted();
    });
  }
}
