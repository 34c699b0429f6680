package io.croft.store.etcd;

import io.croft.store.Bytes;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.WatchMessage;
import io.croft.store.WatchRequest;
import io.croft.store.WatchStream;
import io.croft.store.etcd.wire.Rpc;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest.FilterType;
import io.croft.store.etcd.wire.Rpc.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

/// A call of `Watch.Watch`: the client's requests go to a stream of the store, whose messages a
/// thread of the session brings to the client while that takes them. What the client does not take
/// waits in the store's stream, which is bounded.
final class WatchSession implements StreamObserver<Rpc.WatchRequest> {
  private static final long REFUSED = -1;
  private static final Duration POLL = Duration.ofMinutes(1);
  private static final Bytes FIRST_KEY = Bytes.wrap(new byte[1]);

  private final Store store;
  private final WatchStream stream;
  private final Outlet<WatchResponse> outlet;

  /// Guards what follows, and the order of answers to create requests.
  private final ReentrantLock lock = new ReentrantLock();

  private final Watches watches = new Watches();

  /// Refusals that wait for the answers to the requests before them; bounded as requests are taken
  /// only while the client takes answers.
  private final Deque<Refusal> refusals = new ArrayDeque<>();

  private long accepted;
  private long answered;

  WatchSession(Store store, Outlet<WatchResponse> outlet) {
    this.store = store;
    this.stream = store.watchStream();
    this.outlet = outlet;
  }

  /// @param after how many accepted requests must have been answered before
  private record Refusal(long after, WatchResponse response) {}

  void start() {
    outlet.atEnd(stream::close);
    outlet.feed("etcd-watch", this::deliverAll);
    outlet.takeNext();
  }

  @Override
  public void onNext(Rpc.WatchRequest request) {
    try {
      switch (request.getRequestUnionCase()) {
        case CREATE_REQUEST -> create(request.getCreateRequest());
        case CANCEL_REQUEST -> cancel(request.getCancelRequest().getWatchId());
        case PROGRESS_REQUEST -> stream.requestProgress();
        case REQUESTUNION_NOT_SET -> {
          // etcd ignores it too: a kind of request that a later version may bring.
        }
      }
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

  private void create(WatchCreateRequest request) {
    WatchRequest wanted = wanted(request);
    lock.lock();
    try {
      if (request.getStartRevision() < 0) {
        refuse(Failures.COMPACTED);
      } else if (isEmptyRange(wanted)) {
        refuse("mvcc: watcher range is empty");
      } else if (watches.isTaken(request.getWatchId())) {
        refuse("mvcc: duplicate watch ID provided on the WatchStream");
      } else {
        watches.add(stream.watch(wanted), request.getWatchId(), request.getFragment());
        accepted++;
      }
    } catch (StoreException.Overloaded e) {
      refuse("etcdserver: too many requests");
    } finally {
      lock.unlock();
    }
  }

  private static WatchRequest wanted(WatchCreateRequest request) {
    return new WatchRequest(
        request.getKey().isEmpty() ? FIRST_KEY : FromWire.bytes(request.getKey()),
        FromWire.bytes(request.getRangeEnd()),
        request.getStartRevision(),
        !request.getFiltersList().contains(FilterType.NOPUT),
        !request.getFiltersList().contains(FilterType.NODELETE),
        request.getPrevKv(),
        request.getProgressNotify());
  }

  private static boolean isEmptyRange(WatchRequest wanted) {
    Bytes end = wanted.rangeEnd();
    return !end.isEmpty() && !end.equals(FIRST_KEY) && wanted.key().compareTo(end) >= 0;
  }

  private void refuse(String reason) {
    WatchResponse response =
        response(REFUSED, store.revision())
            .setCreated(true)
            .setCanceled(true)
            .setCancelReason(reason)
            .build();
    refusals.add(new Refusal(accepted, response));
    sendRefusals();
  }

  private void sendRefusals() {
    for (Refusal next; (next = refusals.peek()) != null && next.after() <= answered; ) {
      outlet.send(next.response());
      refusals.remove();
    }
  }

  private void cancel(long id) {
    lock.lock();
    try {
      Watches.Entry watch = watches.byId(id);
      if (watch != null) {
        watches.free(watch);
        stream.cancel(watch.storeId());
      }
    } finally {
      lock.unlock();
    }
  }

  private void deliverAll(Outlet<WatchResponse> out) throws InterruptedException {
    while (out.awaitRoom()) {
      WatchMessage message = stream.poll(POLL);
      if (message != null) {
        deliver(message);
      } else if (stream.isClosed()) {
        out.end(Failures.stopped());
      }
    }
  }

  private void deliver(WatchMessage message) {
    lock.lock();
    try {
      switch (message) {
        case WatchMessage.Created created -> {
          confirm(watches.byStoreId(created.watchId()), created.revision());
        }
        case WatchMessage.Events events -> send(events);
        case WatchMessage.Progress progress -> {
          long id = progress.watchId();
          outlet.send(
              response(id < 0 ? id : watches.byStoreId(id).id(), progress.revision()).build());
        }
        case WatchMessage.Canceled canceled -> send(canceled);
      }
    } finally {
      lock.unlock();
    }
  }

  private void confirm(Watches.Entry watch, long revision) {
    watch.setCreated();
    outlet.send(response(watch.id(), revision).setCreated(true).build());
    answered++;
    sendRefusals();
  }

  private void send(WatchMessage.Events message) {
    Watches.Entry watch = watches.byStoreId(message.watchId());
    WatchResponse.Builder whole = response(watch.id(), message.revision());
    message.events().forEach(event -> whole.addEvents(ToWire.event(event)));
    if (watch.fragment()) {
      Fragments.of(whole.build()).forEach(outlet::send);
    } else {
      outlet.send(whole.build());
    }
  }

  private void send(WatchMessage.Canceled message) {
    Watches.Entry watch = watches.byStoreId(message.watchId());
    if (!watch.isCreated()) {
      // Clients know a watch by its creation only, so that it comes first in any case.
      confirm(watch, message.revision());
    }
    watches.remove(watch);
    // etcd's has no revision when history is the reason.
    long revision = message.compactRevision() == 0 ? message.revision() : 0;
    outlet.send(
        response(watch.id(), revision)
            .setCanceled(true)
            .setCompactRevision(message.compactRevision())
            .build());
  }

  private static WatchResponse.Builder response(long id, long revision) {
    return WatchResponse.newBuilder().setHeader(Headers.at(revision)).setWatchId(id);
  }
}
