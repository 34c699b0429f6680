package io.croft.gateway.tracing;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/// Makes a span of each request whose trace is recorded, from when it has arrived until its answer
/// has been produced, and tells those behind it that they are below that span (W3C Trace Context).
/// Whether a trace that begins elsewhere is recorded was decided there. Thread-safe.
///
/// The query is left out, as secrets may be in it, and so is who asks: both are for the audit log,
/// whose identifier is among the attributes.
public final class TracedHandler implements HttpHandler {
  private static final int SERVER_ERROR = 500;

  private final HttpHandler next;
  private final Consumer<Span> spans;
  private final double share;
  private final InstantSource clock;

  /// @param exporter takes the spans
  /// @param share of the traces that begin here which are recorded, from 0 to 1
  public TracedHandler(HttpHandler next, SpanExporter exporter, double share, InstantSource clock) {
    this(next, exporter::offer, share, clock);
  }

  TracedHandler(HttpHandler next, Consumer<Span> spans, double share, InstantSource clock) {
    this.next = next;
    this.spans = spans;
    this.share = share;
    this.clock = clock;
  }

  @Override
  public HttpResponse handle(HttpRequest request) {
    List<String> given = request.headers().all(TraceContext.FIELD);
    Optional<TraceContext> parent =
        given.size() == 1 ? TraceContext.parse(given.getFirst()) : Optional.empty();
    TraceContext own =
        parent.map(TraceContext::child).orElseGet(() -> TraceContext.begin(isChosen()));
    HttpRequest below =
        request.withHeaders(
            request
                .headers()
                .without(name ->
                    name.equals(TraceContext.FIELD)
                        || (parent.isEmpty() && name.equals("tracestate")))
                .with(TraceContext.FIELD, own.header()));
    if (!own.sampled()) {
      return next.handle(below);
    }
    var begun =
        new Begun(own, parent.map(TraceContext::spanId).orElse(""), request, clock.instant());
    try {
      return followed(next.handle(below), begun);
    } catch (RuntimeException | Error e) {
      begun.end(SERVER_ERROR, Headers.EMPTY, true);
      throw e;
    }
  }

  private boolean isChosen() {
    return share >= 1 || ThreadLocalRandom.current().nextDouble() < share;
  }

  private HttpResponse followed(HttpResponse response, Begun begun) {
    return switch (response) {
      case HttpResponse.Complete complete -> {
        begun.end(complete.status(), complete.headers(), complete.status() >= SERVER_ERROR);
        yield complete;
      }
      case HttpResponse.Streaming(int status, Headers headers, var writer) ->
          new HttpResponse.Streaming(
              status,
              headers,
              sink -> {
                boolean whole = false;
                try {
                  writer.writeTo(sink);
                  whole = true;
                } finally {
                  begun.end(status, headers, !whole || status >= SERVER_ERROR);
                }
              });
      case HttpResponse.Upgraded(Headers headers, var conversation) ->
          new HttpResponse.Upgraded(
              headers,
              (from, to) -> {
                try {
                  conversation.hold(from, to);
                } finally {
                  begun.end(response.status(), headers, false);
                }
              });
    };
  }

  /// A span that has begun.
  private final class Begun {
    private final TraceContext context;
    private final String parent;
    private final HttpRequest request;
    private final Instant at;
    private final long started = System.nanoTime();

    Begun(TraceContext context, String parent, HttpRequest request, Instant at) {
      this.context = context;
      this.parent = parent;
      this.request = request;
      this.at = at;
    }

    void end(int status, Headers headers, boolean failed) {
      Map<String, Object> attributes = new HashMap<>();
      attributes.put("http.request.method", request.method());
      attributes.put("url.scheme", "https");
      attributes.put("url.path", request.path());
      attributes.put("client.address", request.peer().address());
      attributes.put("http.response.status_code", status);
      request.headers().first("host").ifPresent(host -> attributes.put("server.address", host));
      headers.first("audit-id").ifPresent(id -> attributes.put("croft.audit_id", id));
      Duration took = Duration.ofNanos(System.nanoTime() - started);
      spans.accept(new Span(context, parent, request.method(), at, took, attributes, failed));
    }
  }
}
