package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.etcd.wire.Rpc.WatchRequest;
import io.croft.store.etcd.wire.Rpc.WatchResponse;
import io.grpc.stub.ServerCalls.BidiStreamingMethod;
import io.grpc.stub.StreamObserver;

/// `Watch.Watch`: a call is a [WatchSession].
record WatchCall(Store store, Streams streams)
    implements BidiStreamingMethod<WatchRequest, WatchResponse> {
  @Override
  public StreamObserver<WatchRequest> invoke(StreamObserver<WatchResponse> observer) {
    Outlet<WatchResponse> outlet = streams.open(observer);
    WatchSession session;
    try {
      session = new WatchSession(store, outlet);
    } catch (StoreException e) {
      outlet.end(Failures.of(e).getStatus());
      return new Deaf();
    }
    session.start();
    return session;
  }

  /// Nothing is to be said on a call that has ended.
  private static final class Deaf implements StreamObserver<WatchRequest> {
    @Override
    public void onNext(WatchRequest request) {}

    @Override
    public void onError(Throwable t) {}

    @Override
    public void onCompleted() {}
  }
}
