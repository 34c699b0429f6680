package io.croft.security;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.Shortened;
import io.croft.model.Status;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What becomes known of one request while it passes through the chain. Confined to the request's
/// thread.
final class AuditTrail {
  private static final Pattern SECRET_PARAMETER =
      Pattern.compile("token|password|passwd|secret|signature|credential|api-?key|authorization");
  private static final int MAX_USER_AGENT = 256;
  private static final int MAX_URI = 4096;
  private static final int MAX_REASON = 1024;

  private final AuditSink sink;
  private final InstantSource clock;
  private final HttpRequest request;
  private final String auditId = UUID.randomUUID().toString();
  private final Instant received;
  private final @Nullable RequestInfo info;
  private final AuditAnnotations annotations = new AuditAnnotations();
  private @Nullable UserInfo user;
  private @Nullable UserInfo impersonated;

  /// @param info null when the path made no sense
  AuditTrail(AuditSink sink, InstantSource clock, HttpRequest request, @Nullable RequestInfo info) {
    this.sink = sink;
    this.clock = clock;
    this.request = request;
    this.info = info;
    this.received = clock.instant();
  }

  String auditId() {
    return auditId;
  }

  void user(UserInfo user) {
    this.user = user;
  }

  /// Why credentials were refused. The caller does not learn it.
  void rejected(String reason) {
    annotations.put("authentication.croft.io/rejected", Shortened.text(reason, MAX_REASON));
  }

  void impersonated(UserInfo impersonated) {
    this.impersonated = impersonated;
  }

  void decided(Decision decision) {
    annotations.put("authorization.k8s.io/decision", decision.allowed() ? "allow" : "forbid");
    annotations.put("authorization.k8s.io/reason", Shortened.text(decision.reason(), MAX_REASON));
  }

  /// What the handler has to note. Unlike the rest, from any thread.
  void annotate(String key, String text) {
    annotations.put(key, text);
  }

  /// The body of a long-running request begins.
  void started(int code) {
    record(AuditEvent.Stage.RESPONSE_STARTED, outcome(code));
  }

  void completed(HttpResponse response) {
    record(AuditEvent.Stage.RESPONSE_COMPLETE, outcome(response.status()));
  }

  /// The request ended in a `Status`.
  void completed(Status status) {
    record(AuditEvent.Stage.RESPONSE_COMPLETE, status);
  }

  /// The request ended in an error that nobody foresaw.
  void panicked(Status status) {
    record(AuditEvent.Stage.PANIC, status);
  }

  private static Status outcome(int code) {
    return new Status(code < 400, code, "", "", null);
  }

  private void record(AuditEvent.Stage stage, Status status) {
    String verb =
        info == null || info.verb().isEmpty()
            ? request.method().toLowerCase(Locale.ROOT)
            : info.verb();
    sink.accept(
        new AuditEvent(
            auditId,
            stage,
            user,
            impersonated,
            List.of(request.peer().address()),
            Shortened.text(request.headers().first("user-agent").orElse(""), MAX_USER_AGENT),
            requestUri(),
            info,
            verb,
            status,
            received,
            clock.instant(),
            annotations.copy()));
  }

  private String requestUri() {
    String query = request.query().mask(AuditTrail::isSecret, "***").encode();
    return Shortened.text(query.isEmpty() ? request.path() : request.path() + "?" + query, MAX_URI);
  }

  private static boolean isSecret(String parameter) {
    return SECRET_PARAMETER.matcher(parameter.toLowerCase(Locale.ROOT)).find();
  }
}
