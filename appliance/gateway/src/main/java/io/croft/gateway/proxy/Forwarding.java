package io.croft.gateway.proxy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.gateway.LentBuffer;
import io.croft.gateway.proxy.UpstreamException.Kind;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.Route;
import io.croft.gateway.routing.RouteTable;
import io.croft.security.RequestContext;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One request on its way to a service and its answer on the way back. Bodies are passed on piece
/// by piece in both directions at a time; neither side is read from faster than the other takes it.
///
/// It is tried again, at another endpoint where there is one, while nothing has been sent; and when
/// it failed on the way or by the codes that the route names, if it has no body and doing it twice
/// is as good as once.
final class Forwarding {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarding.class);
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

  /// About one connection, or about this gateway.
  private static final Set<String> DROPPED =
      Set.of(
          "audit-id",
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-connection",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private static final int PIECE_BYTES = 16 << 10;

  /// An answer up to this length is not streamed if all of it is there.
  private static final int MAX_WHOLE_BYTES = 32 << 10;

  private static final int MAX_REFUSAL_BYTES = 64 << 10;

  /// How long the beginning of an answer is waited for even where the route sets no limit: who
  /// waits holds one of the places that all routes share.
  private static final Duration MAX_WAIT = Duration.ofMinutes(10);

  private static final Duration MAX_BACKOFF = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofNanos(1);

  /// How long an answer may go on when the gateway drains.
  private static final long DRAIN_SECONDS = 10;

  private final Upstreams upstreams;
  private final HttpRequest request;
  private final Route route;
  private final List<Filter> filters;
  private final Backend.Service service;
  private final OutgoingHead head;
  private final long started = System.nanoTime();

  /// Whether the client has not sent its body to the end, or has sent what is none.
  private volatile boolean bodyFailed;

  private volatile boolean clientGone;

  Forwarding(
      Upstreams upstreams,
      HttpRequest request,
      RequestContext context,
      RouteTable.Entry entry,
      List<Filter> filters,
      Backend.Service service) {
    this.upstreams = upstreams;
    this.request = request;
    this.route = entry.route();
    this.filters = filters;
    this.service = service;
    this.head =
        OutgoingHead.of(request, context, filters, entry.match().path(), upstreams.pseudonym());
  }

  HttpResponse answer() {
    int size = service.endpoints().size();
    int first = ThreadLocalRandom.current().nextInt(size);
    for (int attempt = 0; ; attempt++) {
      boolean last = attempt >= route.retry().attempts();
      Backend.Endpoint endpoint = service.endpoints().get((first + attempt) % size);
      try {
        HttpResponse answer = ask(endpoint, last);
        if (answer != null) {
          return answer;
        }
      } catch (UpstreamException e) {
        if (last || clientGone || !mayRetry(e.kind())) {
          return failed(e);
        }
      } catch (IOException e) {
        return failed(new UpstreamException(Kind.BROKEN, String.valueOf(e.getMessage()), e));
      }
      if (!pause()) {
        return failed(new UpstreamException(Kind.TIMEOUT, "there is no time to try again"));
      }
    }
  }

  private boolean mayRetry(Kind kind) {
    return switch (kind) {
      case UNREACHABLE, BUSY -> true;
      case BROKEN -> repeatable();
      case TIMEOUT -> false;
    };
  }

  private boolean repeatable() {
    return IDEMPOTENT.contains(request.method()) && !head.hasBody() && !head.asksForUpgrade();
  }

  private boolean pause() {
    try {
      Duration backoff = route.retry().backoff();
      if (backoff.compareTo(MAX_BACKOFF) > 0) {
        backoff = MAX_BACKOFF;
      }
      Duration left = remaining(Duration.ZERO);
      if (!left.isZero() && left.compareTo(backoff) <= 0) {
        return false;
      }
      Thread.sleep(backoff);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private HttpResponse failed(UpstreamException e) {
    if (bodyFailed) {
      return Problem.of(request, 400, "the request's body is malformed, or has not arrived whole");
    }
    LOG.atDebug().setCause(e).addKeyValue("route", route.name()).log("a service does not answer");
    String what =
        switch (e.kind()) {
          case UNREACHABLE -> "cannot be reached";
          case BUSY -> "is busy";
          case BROKEN -> "did not answer";
          case TIMEOUT -> "did not answer in time";
        };
    return Problem.of(request, e.kind().code(), "the service " + service.name() + " " + what);
  }

  /// @return null when the answer is one after which to try again
  private @Nullable HttpResponse ask(Backend.Endpoint endpoint, boolean last) throws IOException {
    Lease lease = upstreams.lease(new UpstreamKey(endpoint, service.protocol(), service.tls()));
    boolean handedOver = false;
    try {
      request
          .body()
          .onGone(() -> {
            clientGone = true;
            lease.cut();
          });
      Duration patience = route.timeouts().backendRequest();
      long deadline = System.nanoTime() + (patience.isZero() ? MAX_WAIT : patience).toNanos();
      Arrival.Head answer = awaitHead(lease, deadline);
      if (!last && repeatable() && route.retry().codes().contains(answer.status())) {
        return null;
      }
      HttpResponse response = response(lease, answer, deadline);
      handedOver = true;
      return response;
    } finally {
      if (!handedOver) {
        lease.cut();
        lease.stream().discard();
      }
    }
  }

  /// Sends the request and waits for the first that comes back.
  private Arrival send(Lease lease, long deadline) throws IOException {
    UpstreamStream stream = lease.stream();
    var message = head.message();
    if (!head.hasBody()) {
      return stream.ask(message, remaining(deadline));
    }
    stream.begin(message);
    try {
      upstreams.threads().execute(() -> sendBody(lease));
    } catch (RejectedExecutionException e) {
      throw new UpstreamException(Kind.BROKEN, "the gateway has stopped", e);
    }
    return stream.next(remaining(deadline));
  }

  private void sendBody(Lease lease) {
    UpstreamStream to = lease.stream();
    try (InputStream body = request.body().open()) {
      var piece = new byte[PIECE_BYTES];
      int count;
      while ((count = read(body, piece)) >= 0) {
        to.send(piece, count);
      }
      to.send(LastHttpContent.EMPTY_LAST_CONTENT);
      to.awaitTaken();
    } catch (IOException e) {
      LOG.debug("a request's body has not been passed on whole", e);
      to.abort(); // it must not be taken for complete
    }
  }

  private int read(InputStream body, byte[] piece) throws IOException {
    try {
      return body.read(piece);
    } catch (IOException e) {
      bodyFailed = true;
      throw e;
    }
  }

  private Arrival.Head awaitHead(Lease lease, long deadline) throws IOException {
    Arrival arrival = send(lease, deadline);
    while (true) {
      switch (arrival) {
        case Arrival.Head answer
            when answer.status() >= 200 || (answer.status() == 101 && head.asksForUpgrade()) -> {
          requireProtocol(answer);
          return answer;
        }
        case Arrival.Head _, Arrival.End _ -> {} // an interim answer
        case Arrival.Data _, Arrival.Closed _ -> {
          arrival.release();
          throw new UpstreamException(Kind.BROKEN, "it sent a body without a head");
        }
      }
      arrival = lease.stream().next(remaining(deadline));
    }
  }

  /// RFC 9110 section 7.8: nothing but what was asked for is spoken from here on.
  private void requireProtocol(Arrival.Head answer) throws UpstreamException {
    String protocol = answer.headers().first("upgrade").orElse("");
    if (answer.status() == 101 && !protocol.equalsIgnoreCase(head.upgrade())) {
      throw new UpstreamException(
          Kind.BROKEN,
          "it was asked for " + head.upgrade() + " and goes on in \"" + protocol + '"');
    }
  }

  /// What is left until a moment of `System.nanoTime`, and of the time for all of it.
  private Duration remaining(long deadline) {
    Duration left = Duration.ofNanos(deadline - System.nanoTime());
    return remaining(left.isPositive() ? left : SHORT);
  }

  /// What is left of the time for all of it, at most `patience`; zero for no limit.
  private Duration remaining(Duration patience) {
    Duration whole = route.timeouts().request();
    if (whole.isZero()) {
      return patience;
    }
    Duration left = whole.minusNanos(System.nanoTime() - started);
    if (!left.isPositive()) {
      return SHORT;
    }
    return patience.isZero() || left.compareTo(patience) < 0 ? left : patience;
  }

  private HttpResponse response(Lease lease, Arrival.Head answer, long deadline)
      throws IOException {
    Headers headers = answer.headers().without(DROPPED::contains);
    for (Filter filter : filters) {
      if (filter instanceof Filter.ResponseHeaders(var edits)) {
        headers = edits.apply(headers).without(DROPPED::contains);
      }
    }
    // Only the service knows how long its answer is; a filter must not say otherwise.
    headers = headers.without("content-length"::equals);
    for (String length : answer.headers().all("content-length")) {
      headers = headers.with("content-length", length);
    }
    if (answer.status() == 101) {
      Headers upgraded = headers.with("upgrade", head.upgrade());
      return new HttpResponse.Upgraded(upgraded, (from, to) -> converse(lease, from, to));
    }
    if (head.asksForUpgrade() && answer.status() == 200) {
      return refusedUpgrade(lease, answer, headers, deadline);
    }
    boolean reusable = answer.reusable();
    Optional<List<Arrival>> rest = lease.stream().remainder(MAX_WHOLE_BYTES);
    if (rest.isPresent()) {
      lease.done(reusable && !head.hasBody());
      return whole(answer.status(), headers, rest.get());
    }
    return new HttpResponse.Streaming(
        answer.status(), headers, sink -> copy(lease, reusable, sink));
  }

  /// An answer that is there already: it goes out in one piece.
  private HttpResponse whole(int status, Headers headers, List<Arrival> rest) {
    var body = new ByteArrayOutputStream();
    for (Arrival arrival : rest) {
      if (arrival instanceof Arrival.Data(ByteBuf bytes)) {
        body.writeBytes(taken(bytes));
      }
    }
    boolean bodiless = request.method().equals("HEAD") || status == 304;
    return new HttpResponse.Complete(
        status, bodiless ? headers : headers.without("content-length"::equals), body.toByteArray());
  }

  private static byte[] taken(ByteBuf bytes) {
    try {
      return ByteBufUtil.getBytes(bytes);
    } finally {
      bytes.release();
    }
  }

  private void copy(Lease lease, boolean reusable, BodySink sink) throws IOException {
    UpstreamStream from = lease.stream();
    sink.onGone(lease::cut);
    sink.onClose(() -> cutLater(lease));
    boolean complete = false;
    try {
      while (!complete) {
        switch (from.next(remaining(Duration.ZERO))) {
          case Arrival.Data(ByteBuf bytes) -> {
            give(bytes, sink);
            if (!from.hasNext()) {
              sink.flush();
            }
          }
          case Arrival.End(Headers trailers) -> {
            sink.trailers(trailers.without(DROPPED::contains));
            complete = true;
          }
          case Arrival.Head _, Arrival.Closed _ ->
              throw new UpstreamException(Kind.BROKEN, "it sent another answer");
        }
      }
    } finally {
      if (!complete) {
        from.discard();
      }
      // What is left of the request's body is not worth a connection.
      lease.done(complete && reusable && !head.hasBody());
    }
  }

  private static void give(ByteBuf bytes, BodySink sink) throws IOException {
    try {
      sink.give(new LentBuffer(bytes));
    } finally {
      bytes.release();
    }
  }

  private static void cutLater(Lease lease) {
    try {
      var _ =
          lease.stream()
              .channel()
              .eventLoop()
              .schedule(lease::cut, DRAIN_SECONDS, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      lease.cut();
    }
  }

  /// A service that does not know what it was asked to speak, and answers in HTTP: short enough, or
  /// not at all.
  private HttpResponse refusedUpgrade(
      Lease lease, Arrival.Head answer, Headers headers, long deadline) throws IOException {
    var body = new ByteArrayOutputStream();
    while (true) {
      switch (lease.stream().next(remaining(deadline))) {
        case Arrival.Data(ByteBuf bytes) -> body.writeBytes(taken(bytes));
        case Arrival.End _ -> {
          lease.done(false);
          return new HttpResponse.Complete(
              answer.status(), headers.without("content-length"::equals), body.toByteArray());
        }
        case Arrival.Head _, Arrival.Closed _ ->
            throw new UpstreamException(Kind.BROKEN, "it sent another answer");
      }
      if (body.size() > MAX_REFUSAL_BYTES) {
        throw new UpstreamException(Kind.BROKEN, "it was asked for an upgrade");
      }
    }
  }

  private void converse(Lease lease, InputStream from, BodySink to) throws IOException {
    UpstreamStream upstream = lease.stream();
    to.onGone(lease::cut);
    to.onClose(() -> cutLater(lease));
    try {
      upstream.speakBytes();
      upstreams.threads().execute(() -> passOn(from, lease));
      while (upstream.next(Duration.ZERO) instanceof Arrival.Data(ByteBuf bytes)) {
        to.write(taken(bytes));
        to.flush();
      }
    } catch (RejectedExecutionException e) {
      throw new UpstreamException(Kind.BROKEN, "the gateway has stopped", e);
    } finally {
      lease.cut();
      upstream.discard();
    }
  }

  private static void passOn(InputStream from, Lease lease) {
    try {
      var piece = new byte[PIECE_BYTES];
      int count;
      while ((count = from.read(piece)) >= 0) {
        lease.stream().sendRaw(piece, count);
      }
    } catch (IOException e) {
      LOG.debug("a conversation ended", e);
    } finally {
      lease.cut();
    }
  }
}
