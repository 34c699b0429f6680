package io.croft.gateway;

import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives each exchange a virtual thread, on which the request is read, answered by the handler and
/// responded to. Bounds how many are answered at a time. Thread-safe.
final class Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final int RETRY_AFTER_SECONDS = 1;

  private final HttpHandler handler;
  private final GatewayLimits limits;
  private final GatewayTimeouts timeouts;
  private final Semaphore inFlight;
  private final Semaphore longRunning;
  private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();
  private final Executor threads;
  private volatile boolean draining;

  /// @param threads starts a virtual thread per task
  Dispatcher(
      HttpHandler handler, GatewayLimits limits, GatewayTimeouts timeouts, Executor threads) {
    this.handler = handler;
    this.limits = limits;
    this.timeouts = timeouts;
    this.threads = threads;
    this.inFlight = new Semaphore(limits.maxInFlight());
    this.longRunning = new Semaphore(limits.maxLongRunning());
  }

  GatewayTimeouts timeouts() {
    return timeouts;
  }

  /// How many requests are being answered: `short` and `long`, such as watches.
  Map<String, Double> load() {
    return Map.of(
        "short", (double) limits.maxInFlight() - inFlight.availablePermits(),
        "long", (double) limits.maxLongRunning() - longRunning.availablePermits());
  }

  /// Never blocks. The exchange ends with its response, or is cut.
  void dispatch(Exchange exchange, ClientIdentity identity) {
    exchanges.add(exchange);
    if (draining) {
      exchange.drain();
    }
    threads.execute(() -> run(exchange, identity));
  }

  /// Asks the streamed responses to come to their end, those to come as well.
  void drain() {
    draining = true;
    exchanges.forEach(Exchange::drain);
  }

  boolean draining() {
    return draining;
  }

  private void run(Exchange exchange, ClientIdentity identity) {
    boolean done = false;
    try {
      serve(exchange, identity, () -> exchanges.remove(exchange));
      done = true;
    } catch (IOException e) {
      LOG.debug("the response could not be sent", e);
    } catch (RuntimeException | StackOverflowError defect) {
      LOG.error("the response could not be produced", defect);
    } finally {
      if (!done) {
        exchanges.remove(exchange);
        exchange.abort();
      }
    }
  }

  /// @param over as of {@link Exchange#respond}
  private void serve(Exchange exchange, ClientIdentity identity, Runnable over) throws IOException {
    HttpRequest request;
    try {
      request = RequestHead.read(exchange, identity.peer(), limits);
    } catch (StatusException refusal) {
      exchange.forbidReuse();
      HttpResponse response = Refusal.of(refusal);
      AccessLog.refused(exchange, response);
      exchange.respond(response, over);
      return;
    }
    serve(exchange, request, over);
  }

  private void serve(Exchange exchange, HttpRequest request, Runnable over) throws IOException {
    Semaphore permits = isLongRunning(request) ? longRunning : inFlight;
    if (!permits.tryAcquire()) {
      exchange.respond(
          Refusal.of(
              Statuses.tooManyRequests(
                  "Too many requests, please try again later.", RETRY_AFTER_SECONDS)),
          over);
      return;
    }
    long started = System.nanoTime();
    boolean done = false;
    try {
      HttpResponse response = answer(request);
      AccessLog.answered(request, response, started);
      if (permits.equals(inFlight) && isEndless(response) && longRunning.tryAcquire()) {
        inFlight.release();
        permits = longRunning;
      }
      Semaphore held = permits;
      exchange.respond(
          response instanceof HttpResponse.Complete complete
              ? Gzip.apply(request, complete)
              : response,
          () -> {
            held.release();
            over.run();
          });
      done = true;
    } finally {
      if (!done) {
        permits.release();
      }
    }
  }

  /// Whether an answer goes on for as long as the client likes, as a watch does.
  private static boolean isEndless(HttpResponse response) {
    return response instanceof HttpResponse.Upgraded
        || response
            .headers()
            .first("content-type")
            .filter(type -> type.startsWith("text/event-stream"))
            .isPresent();
  }

  private HttpResponse answer(HttpRequest request) {
    try {
      return handler.handle(request);
    } catch (StatusException refusal) {
      return Refusal.of(refusal);
    } catch (RuntimeException | StackOverflowError defect) {
      LOG.atError()
          .setCause(defect)
          .addKeyValue("method", request.method())
          .addKeyValue("path", request.path())
          .log("the request's handler failed");
      return Refusal.of(Statuses.internal("the server has a defect; its log says more"));
    }
  }

  private static boolean isLongRunning(HttpRequest request) {
    return request.query().flag("watch") || request.query().flag("follow");
  }
}
