package io.croft.store.etcd;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The way out of a stream, for several threads. A sender that waits for room buffers no more than
/// gRPC's 32 KiB beyond one message, and a client that does not take its answers is not read
/// either.
final class Outlet<T> {
  private final ServerCallStreamObserver<T> observer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Runnable> atEnd = new ArrayList<>();
  private volatile boolean ended;
  private boolean nextWanted;

  Outlet(ServerCallStreamObserver<T> observer) {
    this.observer = observer;
    observer.disableAutoRequest();
    observer.setOnReadyHandler(this::onRoom);
    observer.setOnCancelHandler(this::drop);
  }

  /// Has something done when the stream ends, at once when it has.
  void atEnd(Runnable task) {
    lock.lock();
    try {
      if (!ended) {
        atEnd.add(task);
        return;
      }
    } finally {
      lock.unlock();
    }
    task.run();
  }

  private void onRoom() {
    lock.lock();
    try {
      if (nextWanted) {
        takeNext();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Takes the client's next request, as soon as there is room for an answer.
  void takeNext() {
    lock.lock();
    try {
      nextWanted = !observer.isReady();
      if (!nextWanted && !ended) {
        observer.request(1);
      }
    } finally {
      lock.unlock();
    }
  }

  /// What a stream is fed by.
  @FunctionalInterface
  interface Feed<T> {
    /// Sends what there is, waiting for room. What it throws is told the client as [Failures] words
    /// it.
    void run(Outlet<T> outlet) throws InterruptedException;
  }

  /// Feeds the stream from a thread of its own, and ends it: on the call's own thread, one that
  /// waits for room would not be told of it.
  void feed(String thread, Feed<T> feed) {
    Thread.ofVirtual()
        .name(thread)
        .start(() -> {
          try {
            feed.run(this);
            end(Status.OK);
          } catch (InterruptedException e) {
            end(Failures.stopped());
          } catch (RuntimeException e) {
            end(Failures.of(e).getStatus());
          } catch (Error e) {
            end(Status.INTERNAL);
            throw e;
          }
        });
  }

  /// Waits until the client has taken most of what it was sent.
  ///
  /// @return false when the stream has ended
  boolean awaitRoom() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!ended && !observer.isReady()) {
        changed.await();
      }
      return !ended;
    } finally {
      lock.unlock();
    }
  }

  /// For work that takes a while before there is something to send.
  ///
  /// @throws io.grpc.StatusRuntimeException when the stream has ended
  void checkOpen() {
    if (ended) {
      throw Status.CANCELLED.asRuntimeException();
    }
  }

  /// Does nothing once the stream has ended.
  void send(T message) {
    lock.lock();
    try {
      if (!ended) {
        observer.onNext(message);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Ends the stream for the client. Repeatable.
  void end(Status status) {
    lock.lock();
    try {
      if (!ended && status.isOk()) {
        observer.onCompleted();
      } else if (!ended) {
        observer.onError(status.asRuntimeException());
      }
    } finally {
      drop();
      lock.unlock();
    }
  }

  /// The client has gone. Repeatable.
  void drop() {
    List<Runnable> tasks;
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
      tasks = List.copyOf(atEnd);
      atEnd.clear();
    } finally {
      lock.unlock();
    }
    tasks.forEach(Runnable::run);
  }
}
