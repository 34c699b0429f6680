package io.croft.smoke;

import com.google.protobuf.ByteString;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.Rpc.Compare;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.croft.store.etcd.wire.Rpc.RequestOp;
import io.croft.store.etcd.wire.Rpc.TxnRequest;
import io.croft.store.etcd.wire.Rpc.TxnResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/// The calls that kube-apiserver makes, on several connections.
final class StoreClient implements AutoCloseable {
  private static final long LIMIT_SECONDS = 120;

  private final List<ManagedChannel> channels;

  /// @param connections calls are spread over them by the caller's number
  StoreClient(StorePeer peer, int connections) {
    channels = IntStream.range(0, connections).mapToObj(_ -> peer.channel()).toList();
  }

  ManagedChannel channel(int caller) {
    return channels.get(caller % channels.size());
  }

  private KVGrpc.KVBlockingStub kv(int caller) {
    return KVGrpc.newBlockingStub(channel(caller))
        .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  static ByteString bytes(String text) {
    return ByteString.copyFrom(text, StandardCharsets.UTF_8);
  }

  /// Puts a key if its last change was at `modRevision`, 0 for a key that is not there.
  TxnResponse put(int caller, ByteString key, ByteString value, long modRevision) {
    TxnRequest.Builder txn =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(key)
                    .setTarget(Compare.CompareTarget.MOD)
                    .setResult(Compare.CompareResult.EQUAL)
                    .setModRevision(modRevision))
            .addSuccess(put(key, value));
    if (modRevision != 0) {
      txn.addFailure(RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(key)));
    }
    return kv(caller).txn(txn.build());
  }

  /// Puts two keys that are not there, in one transaction.
  TxnResponse createPair(int caller, ByteString one, ByteString other, ByteString value) {
    return kv(caller)
        .txn(
            TxnRequest.newBuilder()
                .addCompare(
                    Compare.newBuilder()
                        .setKey(one)
                        .setTarget(Compare.CompareTarget.MOD)
                        .setResult(Compare.CompareResult.EQUAL)
                        .setModRevision(0))
                .addSuccess(put(one, value))
                .addSuccess(put(other, value))
                .build());
  }

  private static RequestOp put(ByteString key, ByteString value) {
    return RequestOp.newBuilder()
        .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(value))
        .build();
  }

  /// Puts many keys in one transaction.
  void putAll(int caller, List<ByteString> keys, ByteString value) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (ByteString key : keys) {
      txn.addSuccess(put(key, value));
    }
    kv(caller).txn(txn.build());
  }

  /// Everything under a prefix that ends in `/`.
  RangeResponse list(int caller, String prefix, long limit) {
    String end = prefix.substring(0, prefix.length() - 1) + "0";
    return kv(caller)
        .range(
            RangeRequest.newBuilder()
                .setKey(bytes(prefix))
                .setRangeEnd(bytes(end))
                .setLimit(limit)
                .build());
  }

  /// Waits until the server answers, asking as often as it can.
  void awaitReady(Process process) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (true) {
      try {
        list(0, "/registry/health/", 1);
        return;
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.UNAVAILABLE
            || System.nanoTime() > deadline
            || !process.isAlive()) {
          throw e;
        }
        channel(0).resetConnectBackoff();
        LockSupport.parkNanos(2_000_000);
      }
    }
  }

  @Override
  public void close() {
    List<ManagedChannel> open = new ArrayList<>(channels);
    open.forEach(ManagedChannel::shutdownNow);
  }
}
