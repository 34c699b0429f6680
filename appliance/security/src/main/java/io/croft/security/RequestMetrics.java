package io.croft.security;

import io.croft.metrics.Metrics;
import io.croft.model.Status;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Counts requests by the names that kube-apiserver has for it. It learns of them from the audit
/// trail, which every request leaves.
///
/// Only an answer that shows that there is such a resource names it: of paths that do not exist
/// there is no end, and most refusals come before anybody has looked.
public final class RequestMetrics implements AuditSink {
  private static final int BAD_REQUEST = 400;
  private static final int CONFLICT = 409;
  private static final int GONE = 410;
  private static final int UNPROCESSABLE = 422;

  /// Of durations, in seconds.
  private static final double[] BOUNDS = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
  };

  private final AuditSink audit;
  private final Metrics.Counter requests;
  private final Metrics.Distribution durations;

  /// @param audit gets every event as well
  public RequestMetrics(Metrics metrics, AuditSink audit) {
    this.audit = audit;
    requests =
        metrics.counter(
            "apiserver_request_total",
            "Requests that were answered.",
            "verb",
            "group",
            "version",
            "resource",
            "subresource",
            "code");
    durations =
        metrics.distribution(
            "apiserver_request_duration_seconds",
            "How long answers took, watches and the like apart.",
            BOUNDS,
            "verb",
            "group",
            "version",
            "resource",
            "subresource");
  }

  @Override
  public void accept(AuditEvent event) {
    if (event.stage() != AuditEvent.Stage.RESPONSE_STARTED
        && event.stage() != AuditEvent.Stage.REQUEST_RECEIVED) {
      count(event);
    }
    audit.accept(event);
  }

  private void count(AuditEvent event) {
    Status status = event.status();
    String[] labels = labels(event, status);
    requests.increment(with(labels, status == null ? "" : Integer.toString(status.code())));
    if (event.info() == null || !event.info().longRunning()) {
      durations.observe(seconds(Duration.between(event.received(), event.at())), labels);
    }
  }

  private static double seconds(Duration duration) {
    return Math.max(0, duration.toNanos() / 1e9);
  }

  private static String[] labels(AuditEvent event, @Nullable Status status) {
    RequestInfo info = event.info();
    if (info == null || !info.resource() || status == null || !isServed(status.code())) {
      return new String[] {known(event.verb()), "", "", "", ""};
    }
    return new String[] {
      known(event.verb()), info.group(), info.version(), info.plural(), info.subresource()
    };
  }

  private static boolean isServed(int code) {
    return code < BAD_REQUEST || code == CONFLICT || code == GONE || code == UNPROCESSABLE;
  }

  /// As kube-apiserver has them; a method is whatever a client makes up.
  private static String known(String verb) {
    return switch (verb) {
      case "create" -> "POST";
      case "update" -> "PUT";
      case "get", "list", "watch", "patch", "delete", "deletecollection", "post", "put", "head" ->
          verb.toUpperCase(Locale.ROOT);
      default -> "other";
    };
  }

  private static String[] with(String[] labels, String last) {
    String[] more = new String[labels.length + 1];
    System.arraycopy(labels, 0, more, 0, labels.length);
    more[labels.length] = last;
    return more;
  }
}
