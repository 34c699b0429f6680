package io.croft.store.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.croft.store.etcd.Endpoint.Client;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.LeaseGrpc;
import io.croft.store.etcd.wire.Rpc;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// What a server answers to a series of requests, without what differs between any two servers.
final class Transcript {
  final Client client;
  final List<String> lines = new ArrayList<>();

  Transcript(Client client) {
    this.client = client;
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(client.channel()).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  private LeaseGrpc.LeaseBlockingStub lease() {
    return LeaseGrpc.newBlockingStub(client.channel()).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  void range(Rpc.RangeRequest.Builder request) {
    note(request.build(), () -> kv().range(request.build()));
  }

  void put(Rpc.PutRequest.Builder request) {
    note(request.build(), () -> kv().put(request.build()));
  }

  void delete(Rpc.DeleteRangeRequest.Builder request) {
    note(request.build(), () -> kv().deleteRange(request.build()));
  }

  void txn(Rpc.TxnRequest.Builder request) {
    note(request.build(), () -> kv().txn(request.build()));
  }

  void compact(long revision) {
    Rpc.CompactionRequest request =
        Rpc.CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build();
    note(request, () -> kv().compact(request));
  }

  void put(String key, String value) {
    put(Rpc.PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)));
  }

  void delete(String key) {
    delete(Rpc.DeleteRangeRequest.newBuilder().setKey(bytes(key)));
  }

  void get(String key) {
    range(Rpc.RangeRequest.newBuilder().setKey(bytes(key)));
  }

  void all() {
    range(everything());
  }

  static Rpc.RangeRequest.Builder everything() {
    return Rpc.RangeRequest.newBuilder().setKey(bytes("\0")).setRangeEnd(bytes("\0"));
  }

  void grant(long id, long ttl) {
    Rpc.LeaseGrantRequest request =
        Rpc.LeaseGrantRequest.newBuilder().setID(id).setTTL(ttl).build();
    note(request, () -> lease().leaseGrant(request));
  }

  void revoke(long id) {
    Rpc.LeaseRevokeRequest request = Rpc.LeaseRevokeRequest.newBuilder().setID(id).build();
    note(request, () -> lease().leaseRevoke(request));
  }

  void keepAlive(long id) {
    Rpc.LeaseKeepAliveRequest request = Rpc.LeaseKeepAliveRequest.newBuilder().setID(id).build();
    note(
        request,
        () -> {
          CompletableFuture<Rpc.LeaseKeepAliveResponse> answer = new CompletableFuture<>();
          StreamObserver<Rpc.LeaseKeepAliveRequest> requests =
              LeaseGrpc.newStub(client.channel())
                  .leaseKeepAlive(
                      new StreamObserver<>() {
                        @Override
                        public void onNext(Rpc.LeaseKeepAliveResponse response) {
                          answer.complete(response);
                        }

                        @Override
                        public void onError(Throwable t) {
                          answer.completeExceptionally(t);
                        }

                        @Override
                        public void onCompleted() {
                          answer.completeExceptionally(new AssertionError("no answer"));
                        }
                      });
          requests.onNext(request);
          Rpc.LeaseKeepAliveResponse response = answer.orTimeout(60, TimeUnit.SECONDS).join();
          requests.onCompleted();
          return response;
        });
  }

  void timeToLive(long id) {
    Rpc.LeaseTimeToLiveRequest request =
        Rpc.LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(true).build();
    note(
        request,
        () -> {
          Rpc.LeaseTimeToLiveResponse response = lease().leaseTimeToLive(request);
          return response.getTTL() < 0 ? response : lasting(response);
        });
  }

  /// What remains depends on when it is asked, and etcd has the keys in no order.
  private static Message lasting(Rpc.LeaseTimeToLiveResponse response) {
    List<ByteString> keys =
        response.getKeysList().stream()
            .sorted(ByteString.unsignedLexicographicalComparator())
            .toList();
    return response.toBuilder().setTTL(0).clearKeys().addAllKeys(keys).build();
  }

  void leases() {
    Rpc.LeaseLeasesRequest request = Rpc.LeaseLeasesRequest.getDefaultInstance();
    note(
        request,
        () -> {
          Rpc.LeaseLeasesResponse response = lease().leaseLeases(request);
          // etcd's order is that of expiry, roughly.
          List<Rpc.LeaseStatus> sorted =
              response.getLeasesList().stream()
                  .sorted((a, b) -> Long.compare(a.getID(), b.getID()))
                  .toList();
          return response.toBuilder().clearLeases().addAllLeases(sorted).build();
        });
  }

  void note(Message request, Supplier<? extends Message> call) {
    String answer;
    try {
      answer = text(call.get());
    } catch (StatusRuntimeException e) {
      answer = e.getStatus().getCode() + ": " + e.getStatus().getDescription();
    }
    lines.add(shortened(request.getClass().getSimpleName() + " " + text(request) + "=> " + answer));
  }

  /// Without the ids of the cluster.
  static String text(Message message) {
    return message.toString().replaceAll(" *(cluster_id|member_id|raft_term): \\d+\n", "");
  }

  private static String shortened(String line) {
    return line.length() < 4000 ? line : line.substring(0, 4000) + line.hashCode();
  }
}
