package io.croft.apiserver.flow;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/// Bounds how many requests are worked on at a time, reading and writing ones apart, so that a
/// flood of one user's neither takes the server down nor shuts out others. A request counts until
/// its answer is written; a watch only until it has told what exists. Administrators, this server
/// itself and probes are not counted. Thread-safe.
public final class FlowControl implements AuthorizedHandler {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /// kube-apiserver's numbers.
  public static final FairQueue.Limits READING = new FairQueue.Limits(400, 200, 50, 500, PATIENCE);

  public static final FairQueue.Limits WRITING = new FairQueue.Limits(200, 100, 50, 500, PATIENCE);

  private static final Set<String> READS = Set.of("get", "list", "watch", "head");

  private final AuthorizedHandler handler;
  private final FairQueue reading;
  private final FairQueue writing;

  public FlowControl(
      AuthorizedHandler handler, FairQueue.Limits reading, FairQueue.Limits writing) {
    this.handler = handler;
    this.reading = new FairQueue(reading);
    this.writing = new FairQueue(writing);
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
