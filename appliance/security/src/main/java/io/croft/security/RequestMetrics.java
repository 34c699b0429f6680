package io.croft.security;

import io.croft.metrics.Metrics;
import io.croft.model.Status;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Counts requests by the names that kube-apiserver has for it. It learns of them from the audit
/// trail, which every request leaves.
///
/// What is not served has no labels of its own: of paths that do not exist there is no end.
public final class RequestMetrics implements AuditSink {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;

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
    if (event.stage() != AuditEvent.Stage.RESPONSE_STARTED) {
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
    if (info == null || !info.resource() || status == null || isUnknown(status.code())) {
      return new String[] {known(event.verb()), "", "", "", ""};
    }
    return new String[] {
      known(event.verb()), info.group(), info.version(), info.plural(), info.subresource()
    };
  }

  private static boolean isUnknown(int code) {
    return code == UNAUTHORIZED
        || code == FORBIDDEN
        || code == NOT_FOUND
        || code == METHOD_NOT_ALLOWED;
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
