package io.croft.apiserver.flow;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.metrics.Metrics;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/// Bounds how many requests are worked on at a time, reading and writing ones apart, so that a
/// flood of one user's neither takes the server down nor shuts out others. A request counts until
/// its answer is written; a watch only until it has told what exists. Administrators, this server
/// itself and probes are not counted. Thread-safe.
public final class FlowControl implements AuthorizedHandler {
  /// How many reading requests are worked on at a time, and how many writing ones: kube-apiserver's
  /// numbers.
  public static final int READING = 400;

  public static final int WRITING = 200;

  private static final String READ_ONLY = "readOnly";
  private static final String MUTATING = "mutating";

  private static final Set<String> READS = Set.of("get", "list", "watch", "head");

  private final AuthorizedHandler handler;
  private final FairQueue reading;
  private final FairQueue writing;

  /// @param metrics told of what is worked on, waits and is sent away
  public FlowControl(
      AuthorizedHandler handler,
      FairQueue.Limits reading,
      FairQueue.Limits writing,
      Metrics metrics) {
    this.handler = handler;
    Metrics.Counter rejected =
        metrics.counter(
            "apiserver_flowcontrol_rejected_requests_total",
            "Requests that found no room, by why.",
            "request_kind",
            "reason");
    this.reading = new FairQueue(reading, why -> rejected.increment(READ_ONLY, why.text()));
    this.writing = new FairQueue(writing, why -> rejected.increment(MUTATING, why.text()));
    metrics.values(
        "apiserver_current_inflight_requests",
        "Requests that are worked on, those that are not counted apart.",
        "request_kind",
        () ->
            Map.of(
                READ_ONLY, (double) this.reading.taken(), MUTATING, (double) this.writing.taken()));
    metrics.values(
        "apiserver_current_inqueue_requests",
        "Requests that wait for their turn.",
        "request_kind",
        () ->
            Map.of(
                READ_ONLY,
                (double) this.reading.waiting(),
                MUTATING,
                (double) this.writing.waiting()));
  }

  /// @throws io.croft.model.StatusException 429 when there is no room
  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    Seat seat = seat(context.user(), context.info());
    boolean kept = false;
    try {
      HttpResponse response = handler.handle(request, context);
      if (!(response instanceof HttpResponse.Streaming streaming) || seat.equals(Seat.UNCOUNTED)) {
        return response;
      }
      kept = true;
      return holding(seat, streaming, context.info());
    } finally {
      if (!kept) {
        seat.close();
      }
    }
  }

  private Seat seat(UserInfo user, RequestInfo info) {
    if (user.inGroup(UserInfo.MASTERS) || isProbe(info)) {
      return Seat.UNCOUNTED;
    }
    return (READS.contains(info.verb()) ? reading : writing).enter(user.name());
  }

  private static boolean isProbe(RequestInfo info) {
    return !info.resource()
        && Set.of("livez", "readyz", "healthz").contains((info.path() + "/").split("/", 3)[1]);
  }

  private static HttpResponse holding(
      Seat seat, HttpResponse.Streaming response, RequestInfo info) {
    if (response.writer() instanceof Initialized body) {
      body.whenInitialized(seat::close);
      return response;
    }
    if (info.longRunning()) {
      seat.close(); // nobody knows when it begins to wait
      return response;
    }
    return new HttpResponse.Streaming(
        response.status(), response.headers(), sink -> write(seat, response, sink));
  }

  private static void write(Seat seat, HttpResponse.Streaming response, HttpResponse.BodySink sink)
      throws IOException {
    try (seat) {
      response.writer().writeTo(sink);
    }
  }
}
