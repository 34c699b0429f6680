package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.StoreException.LeaseNotFound;
import io.croft.store.etcd.wire.Rpc.LeaseKeepAliveRequest;
import io.croft.store.etcd.wire.Rpc.LeaseKeepAliveResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCalls.BidiStreamingMethod;
import io.grpc.stub.StreamObserver;

/// `Lease.LeaseKeepAlive`: a stream of requests, each answered in turn. A lease that is not known
/// has 0 seconds to live.
record LeaseKeepAliveCall(Store store, Headers headers, Streams streams)
    implements BidiStreamingMethod<LeaseKeepAliveRequest, LeaseKeepAliveResponse> {
  @Override
  public StreamObserver<LeaseKeepAliveRequest> invoke(
      StreamObserver<LeaseKeepAliveResponse> observer) {
    Outlet<LeaseKeepAliveResponse> outlet = streams.open(observer);
    outlet.takeNext();
    return new StreamObserver<>() {
      @Override
      public void onNext(LeaseKeepAliveRequest request) {
        try {
          outlet.send(answer(request));
          outlet.takeNext();
        } catch (RuntimeException e) {
          outlet.end(Failures.of(e).getStatus());
        }
      }

      @Override
      public void onError(Throwable t) {
        outlet.drop();
      }

      @Override
      public void onCompleted() {
        outlet.end(Status.OK);
      }
    };
  }

  private LeaseKeepAliveResponse answer(LeaseKeepAliveRequest request) {
    LeaseKeepAliveResponse.Builder wire =
        LeaseKeepAliveResponse.newBuilder().setID(request.getID());
    try {
      wire.setTTL(store.leases().keepAlive(request.getID()).ttlSeconds());
    } catch (LeaseNotFound e) {
      wire.setTTL(0);
    }
    return wire.setHeader(headers.now()).build();
  }
}
