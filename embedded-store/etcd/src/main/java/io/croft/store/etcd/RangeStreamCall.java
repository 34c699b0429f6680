package io.croft.store.etcd;

import io.croft.store.RangeRequest;
import io.croft.store.RangeRequest.SortOrder;
import io.croft.store.RangeRequest.SortTarget;
import io.croft.store.RangeResult;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.StoreException.Invalid;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.croft.store.etcd.wire.Rpc.RangeStreamResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCalls.ServerStreamingMethod;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Semaphore;

/// `KV.RangeStream`: a range in pieces, each read when the client has taken the one before. Merged,
/// they are the answer of `Range`; header, count and `more` come with the last. A client that takes
/// longer than history is kept is told so.
final class RangeStreamCall
    implements ServerStreamingMethod<Rpc.RangeRequest, RangeStreamResponse> {
  /// Each holds up to two pieces; more at once are refused.
  private static final int MOST = 256;

  private final Store store;
  private final Streams streams;
  private final Semaphore permits = new Semaphore(MOST);

  RangeStreamCall(Store store, Streams streams) {
    this.store = store;
    this.streams = streams;
  }

  @Override
  public void invoke(Rpc.RangeRequest request, StreamObserver<RangeStreamResponse> observer) {
    streams.open(observer).feed("etcd-range", outlet -> admit(FromWire.range(request), outlet));
  }

  private void admit(RangeRequest request, Outlet<RangeStreamResponse> outlet)
      throws InterruptedException {
    if (!permits.tryAcquire()) {
      throw new StoreException.Overloaded(MOST);
    }
    try {
      answer(request, outlet);
    } finally {
      permits.release();
    }
  }

  private void answer(RangeRequest request, Outlet<RangeStreamResponse> outlet)
      throws InterruptedException {
    check(request);
    if (request.countOnly()) {
      RangeResult counted = store.range(request);
      outlet.send(last(RangeResponse.newBuilder(), counted.revision(), 0, counted.count()));
      return;
    }
    RangePieces pieces = new RangePieces(store, request);
    while (pieces.hasNext() && outlet.awaitRoom()) {
      RangeResponse.Builder piece = RangeResponse.newBuilder();
      pieces.next().forEach(kv -> piece.addKvs(ToWire.kv(kv)));
      outlet.send(
          pieces.hasNext()
              ? response(piece)
              : last(piece, pieces.revision(), pieces.given(), pieces.countRest()));
    }
  }

  /// @param given 0 when keys were only counted, which never cuts anything off
  private static RangeStreamResponse last(
      RangeResponse.Builder piece, long revision, long given, long rest) {
    return response(
        piece
            .setHeader(Headers.at(revision))
            .setMore(rest > 0 && given > 0)
            .setCount(given + rest));
  }

  private static RangeStreamResponse response(RangeResponse.Builder piece) {
    return RangeStreamResponse.newBuilder().setRangeResponse(piece).build();
  }

  private static void check(RangeRequest request) {
    if (request.key().isEmpty()) {
      throw new Invalid(Invalid.Rule.EMPTY_KEY);
    }
    if (request.target() != SortTarget.KEY || request.order() == SortOrder.DESCEND) {
      throw unimplemented("custom sort orders");
    }
    if (request.minModRevision() != 0
        || request.maxModRevision() != 0
        || request.minCreateRevision() != 0
        || request.maxCreateRevision() != 0) {
      throw unimplemented("revision filters");
    }
  }

  private static RuntimeException unimplemented(String what) {
    return Status.UNIMPLEMENTED
        .withDescription("RangeStream does not support " + what)
        .asRuntimeException();
  }
}
