package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.Txn;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest.SortOrder;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.croft.store.etcd.wire.Rpc.RangeStreamResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("S37")
class RangeStreamTest {
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

  private void putMany(int from, int count, byte[] value) {
    List<Op> puts = new ArrayList<>();
    int most = Math.clamp(1_000_000 / value.length, 1, 128);
    for (int i = from; i < from + count; i++) {
      puts.add(Op.put(Bytes.utf8("k%06d".formatted(i)), Bytes.wrap(value), 0));
      if (puts.size() == most || i == from + count - 1) {
        var _ = endpoint.store.txn(new Txn(List.of(), puts, List.of()));
        puts.clear();
      }
    }
  }

  private static RangeRequest.Builder prefix(String prefix) {
    return RangeRequest.newBuilder()
        .setKey(bytes(prefix))
        .setRangeEnd(ToWire.bytes(Bytes.utf8(prefix).prefixEnd()));
  }

  private RangeResponse streamed(RangeRequest request) {
    RangeResponse.Builder merged = RangeResponse.newBuilder();
    for (Iterator<RangeStreamResponse> pieces = kv.rangeStream(request); pieces.hasNext(); ) {
      RangeResponse piece = pieces.next().getRangeResponse();
      assertThat(piece.hasHeader()).isEqualTo(!pieces.hasNext());
      merged.mergeFrom(piece);
    }
    return merged.build();
  }

  @Test
  void isTheSameAsARange() {
    putMany(0, 1000, new byte[1000]);
    long then = endpoint.store.revision();
    putMany(500, 1000, new byte[2000]);
    RangeRequest.Builder whole = prefix("k");
    List<RangeRequest.Builder> requests =
        List.of(
            whole,
            whole.clone().setRevision(then),
            whole.clone().setLimit(1),
            whole.clone().setLimit(10),
            whole.clone().setLimit(11),
            whole.clone().setLimit(1499),
            whole.clone().setLimit(1500),
            whole.clone().setLimit(1501),
            whole.clone().setLimit(700).setRevision(then),
            whole.clone().setKeysOnly(true),
            whole.clone().setCountOnly(true),
            whole.clone().setCountOnly(true).setRevision(then),
            whole.clone().setSortOrder(SortOrder.ASCEND).setSerializable(true),
            RangeRequest.newBuilder().setKey(bytes("k000001")),
            RangeRequest.newBuilder().setKey(bytes("absent")),
            RangeRequest.newBuilder().setKey(bytes("k000990")).setRangeEnd(bytes("\0")),
            RangeRequest.newBuilder().setKey(bytes("z")).setRangeEnd(bytes("a")));
    for (RangeRequest.Builder request : requests) {
      assertThat(streamed(request.build())).as("%s", request).isEqualTo(kv.range(request.build()));
    }
  }

  @Test
  void isOfOneRevisionWhileWritesGoOn() throws Exception {
    int keys = 100_000;
    putMany(0, keys, new byte[20]);
    RangeRequest all = prefix("k").build();
    RangeResponse expected = kv.range(all);
    Iterator<RangeStreamResponse> pieces = kv.rangeStream(all);
    RangeResponse.Builder merged = RangeResponse.newBuilder();
    merged.mergeFrom(pieces.next().getRangeResponse());
    assertThat(merged.getKvsCount()).isEqualTo(10);
    CompletableFuture<Void> written =
        CompletableFuture.runAsync(() -> putMany(0, keys, new byte[30]));
    while (pieces.hasNext()) {
      merged.mergeFrom(pieces.next().getRangeResponse());
    }
    assertThat(merged.build()).isEqualTo(expected);
    written.get(60, TimeUnit.SECONDS);
  }

  @Test
  void refusesWhatItCannotStream() {
    assertThat(refusal(prefix("k").setSortOrder(SortOrder.DESCEND)))
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(Code.UNIMPLEMENTED, "RangeStream does not support custom sort orders");
    assertThat(refusal(prefix("k").setMinModRevision(3)))
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(Code.UNIMPLEMENTED, "RangeStream does not support revision filters");
    assertThat(refusal(RangeRequest.newBuilder()))
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(Code.INVALID_ARGUMENT, "etcdserver: key is not provided");
    assertThat(refusal(prefix("k").setRevision(99)))
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(
            Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision");
  }

  private Status refusal(RangeRequest.Builder request) {
    StatusRuntimeException[] refusal = new StatusRuntimeException[1];
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> streamed(request.build()))
        .satisfies(e -> refusal[0] = e);
    return refusal[0].getStatus();
  }

  @Test
  void readsNoFurtherThanTheClientTakes() throws Exception {
    putMany(0, 30, new byte[1_000_000]);
    AtomicInteger arrived = new AtomicInteger();
    CompletableFuture<Void> first = new CompletableFuture<>();
    CompletableFuture<Status> end = new CompletableFuture<>();
    ClientCall<RangeRequest, RangeStreamResponse> call =
        endpoint.client.channel().newCall(KVGrpc.getRangeStreamMethod(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(RangeStreamResponse piece) {
            arrived.addAndGet(piece.getRangeResponse().getKvsCount());
            first.complete(null);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(status);
          }
        },
        new Metadata());
    call.sendMessage(prefix("k").build());
    call.halfClose();
    call.request(1);
    first.get(30, TimeUnit.SECONDS);
    putMany(30, 1, new byte[1]);
    // What is left of the stream's revision goes now; a server that had read ahead would not care.
    endpoint.store.compact(endpoint.store.revision());
    call.request(100);
    assertThat(end.get(30, TimeUnit.SECONDS))
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(Code.OUT_OF_RANGE, Failures.COMPACTED);
    assertThat(arrived.get()).isBetween(2, 10);
  }
}
