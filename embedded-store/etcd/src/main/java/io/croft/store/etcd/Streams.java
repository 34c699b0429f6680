package io.croft.store.etcd;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The streams that are open: without being told they would outlive the server's will to stop.
final class Streams {
  private final Set<Outlet<?>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  /// @param observer as gRPC gives it to a method that streams
  <T> Outlet<T> open(StreamObserver<T> observer) {
    Outlet<T> outlet = new Outlet<>((ServerCallStreamObserver<T>) observer);
    open.add(outlet);
    outlet.atEnd(() -> open.remove(outlet));
    if (ended) {
      outlet.end(Failures.stopped());
    }
    return outlet;
  }

  /// Ends them all, and those to come.
  void end() {
    ended = true;
    open.forEach(outlet -> outlet.end(Failures.stopped()));
  }
}
