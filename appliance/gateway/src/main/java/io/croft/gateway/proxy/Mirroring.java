package io.croft.gateway.proxy;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.RequestBody;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.RouteTable;
import io.croft.security.RequestContext;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends copies of requests to where their route wants them too. A copy is a favour: one of a
/// request with a long body, or of one more than a few hundred at a time, is not made, and nobody
/// waits for its answer.
final class Mirroring {
  private static final Logger LOG = LoggerFactory.getLogger(Mirroring.class);
  private static final int MAX_BODY_BYTES = 64 << 10;
  private static final Semaphore ROOM = new Semaphore(256);

  private final Upstreams upstreams;
  private final RequestContext context;
  private final RouteTable.Entry entry;
  private HttpRequest request;

  Mirroring(
      Upstreams upstreams,
      HttpRequest request,
      RequestContext context,
      RouteTable.Entry entry,
      List<Filter> filters) {
    this.upstreams = upstreams;
    this.context = context;
    this.entry = entry;
    this.request = request;
    for (Filter filter : filters) {
      if (filter instanceof Filter.Mirror mirror
          && mirror.backend().target() instanceof Backend.Service service
          && !service.endpoints().isEmpty()
          && ThreadLocalRandom.current().nextDouble() < mirror.share()) {
        copy(filters, service);
      }
    }
  }

  /// The request for its real receiver: its body may have been read on the way.
  HttpRequest request() {
    return request;
  }

  private void copy(List<Filter> filters, Backend.Service service) {
    long length = request.body().declaredBytes();
    if (length < 0
        || length > MAX_BODY_BYTES
        || request.upgrade().isPresent()
        || !ROOM.tryAcquire()) {
      return;
    }
    boolean started = false;
    try {
      byte[] body = request.body().readAll(MAX_BODY_BYTES);
      request = withBody(body);
      HttpRequest copied = withBody(body);
      upstreams.threads().execute(() -> send(copied, filters, service));
      started = true;
    } catch (IOException | RejectedExecutionException e) {
      LOG.debug("a request is not mirrored", e);
    } finally {
      if (!started) {
        ROOM.release();
      }
    }
  }

  private HttpRequest withBody(byte[] bytes) {
    return request.withBody(RequestBody.of(bytes));
  }

  private void send(HttpRequest copied, List<Filter> filters, Backend.Service service) {
    try {
      var forwarding = new Forwarding(upstreams, copied, context, entry, filters, service);
      switch (forwarding.answer()) {
        case HttpResponse.Streaming streaming -> streaming.abandon();
        case HttpResponse.Upgraded upgraded -> upgraded.abandon();
        case HttpResponse.Complete _ -> {}
      }
    } catch (RuntimeException e) {
      LOG.debug("a mirrored request failed", e);
    } finally {
      ROOM.release();
    }
  }
}
