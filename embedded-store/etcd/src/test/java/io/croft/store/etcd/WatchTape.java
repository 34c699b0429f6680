package io.croft.store.etcd;

import io.croft.store.etcd.Endpoint.Client;
import io.croft.store.etcd.wire.Mvcc;
import io.croft.store.etcd.wire.Rpc.WatchCancelRequest;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest;
import io.croft.store.etcd.wire.Rpc.WatchProgressRequest;
import io.croft.store.etcd.wire.Rpc.WatchRequest;
import io.croft.store.etcd.wire.Rpc.WatchResponse;
import io.croft.store.etcd.wire.WatchGrpc;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A watch stream, and what came of it.
final class WatchTape implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 30;

  final CompletableFuture<Throwable> end = new CompletableFuture<>();
  private final BlockingQueue<WatchResponse> arrived = new LinkedBlockingQueue<>();
  private final StreamObserver<WatchRequest> requests;

  WatchTape(Client client) {
    requests =
        WatchGrpc.newStub(client.channel())
            .watch(
                new StreamObserver<>() {
                  @Override
                  public void onNext(WatchResponse response) {
                    arrived.add(response);
                  }

                  @Override
                  public void onError(Throwable t) {
                    end.complete(t);
                  }

                  @Override
                  public void onCompleted() {
                    end.complete(new AssertionError("completed"));
                  }
                });
  }

  void create(WatchCreateRequest.Builder request) {
    requests.onNext(WatchRequest.newBuilder().setCreateRequest(request).build());
  }

  void cancel(long id) {
    requests.onNext(
        WatchRequest.newBuilder()
            .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(id))
            .build());
  }

  void requestProgress() {
    requests.onNext(
        WatchRequest.newBuilder()
            .setProgressRequest(WatchProgressRequest.getDefaultInstance())
            .build());
  }

  WatchResponse next() {
    try {
      WatchResponse response = arrived.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (response == null) {
        throw new AssertionError("nothing arrived; the stream's end: " + end.getNow(null));
      }
      return response;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// The next events and messages without events, as many as `count` together. How events are
  /// spread over messages, and how watches take turns, is the server's choice, so that neither is
  /// told.
  List<String> take(int count) {
    record Item(long watch, String text) {}
    List<Item> items = new ArrayList<>();
    while (items.size() < count) {
      WatchResponse response = next();
      if (response.getEventsCount() == 0) {
        items.add(new Item(response.getWatchId(), Transcript.text(response)));
      }
      for (Mvcc.Event event : response.getEventsList()) {
        items.add(new Item(response.getWatchId(), "watch " + response.getWatchId() + " " + event));
      }
    }
    return items.stream().sorted(Comparator.comparingLong(Item::watch)).map(Item::text).toList();
  }

  /// What has arrived and was not asked for.
  List<WatchResponse> rest() {
    List<WatchResponse> rest = new ArrayList<>();
    arrived.drainTo(rest);
    return rest;
  }

  @Override
  public void close() {
    requests.onError(new AssertionError("the test is over"));
  }
}
