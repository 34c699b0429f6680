package io.croft.apiserver.rest;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.RequestBody;
import io.croft.model.Statuses;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Bounds the bytes of request bodies that are being worked on at a time: as a tree, a body takes
/// many times its length. A request that finds no room waits a little and is then sent away with
/// 429.
final class BodyBudget {
  /// How many bytes of heap a byte of a body may come to.
  private static final int WEIGHT = 48;

  private static final long PATIENCE_SECONDS = 10;
  private static final int UNIT = 1024;

  private final Semaphore kibibytes;
  private final int most;

  /// @param heapBytes the most that the heap grows to
  BodyBudget(long heapBytes) {
    most = (int) Math.max(Bodies.MAX_BYTES / UNIT, heapBytes / WEIGHT / UNIT);
    kibibytes = new Semaphore(most, true);
  }

  /// A request whose body has been read, and its share of the budget.
  final class Share implements AutoCloseable {
    private final HttpRequest request;
    private final int taken;

    private Share(HttpRequest request, int taken) {
      this.request = request;
      this.taken = taken;
    }

    /// The request; its body can be read any number of times.
    HttpRequest request() {
      return request;
    }

    @Override
    public void close() {
      kibibytes.release(taken);
    }
  }

  /// Reads a request's body.
  ///
  /// @param mostBytes how long it may be
  /// @throws io.croft.model.StatusException 400, 413 or 429
  Share receive(HttpRequest request, int mostBytes) {
    if (request.method().equals("GET") || request.method().equals("HEAD")) {
      return new Share(request, 0);
    }
    byte[] body = Bodies.bytes(request, mostBytes);
    int units = Math.min(most, body.length / UNIT + 1);
    try {
      if (!kibibytes.tryAcquire(units, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw Statuses.tooManyRequests("too many large requests at a time", 1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Statuses.tooManyRequests("interrupted while waiting for room", 1);
    }
    return new Share(withBody(request, body), units);
  }

  private static HttpRequest withBody(HttpRequest request, byte[] body) {
    return new HttpRequest(
        request.method(),
        request.path(),
        request.query(),
        request.headers(),
        RequestBody.of(body),
        request.peer());
  }
}
