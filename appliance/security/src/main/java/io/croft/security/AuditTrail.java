package io.croft.security;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.RequestBody;
import io.croft.model.Shortened;
import io.croft.model.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
  private final AuditPolicy policy;
  private @Nullable UserInfo impersonated;
  private AuditPolicy.@Nullable Verdict verdict;
  private @Nullable AuditBody requestBody;
  private @Nullable AuditBody responseBody;

  /// @param info null when the path made no sense
  AuditTrail(
      AuditSink sink,
      AuditPolicy policy,
      InstantSource clock,
      HttpRequest request,
      @Nullable RequestInfo info) {
    this.sink = sink;
    this.policy = policy;
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

  /// The caller is known, and from here on how much is recorded.
  ///
  /// @param level what the destination wants at least
  void received(Optional<AuditLevel> level) {
    AuditPolicy.Verdict judged = policy.of(user, info, verb());
    verdict =
        level
            .filter(wanted -> !judged.level().atLeast(wanted))
            .map(l -> new AuditPolicy.Verdict(l, judged.omitted(), judged.omitManagedFields()))
            .orElse(judged);
    if (!verdict.omitted().contains(AuditEvent.Stage.REQUEST_RECEIVED)) {
      record(AuditEvent.Stage.REQUEST_RECEIVED, null);
    }
  }

  /// The request with its body noted when it is read, if it is to be recorded.
  HttpRequest noting(HttpRequest incoming) {
    if (!records(AuditLevel.REQUEST)) {
      return incoming;
    }
    RequestBody body = incoming.body();
    return incoming.withBody(
        new RequestBody() {
          @Override
          public byte[] readAll(int maxBytes) throws IOException {
            byte[] bytes = body.readAll(maxBytes);
            requestBody = recorded(bytes);
            return bytes;
          }

          @Override
          public InputStream open() throws IOException {
            return body.open();
          }

          @Override
          public void onGone(Runnable action) {
            body.onGone(action);
          }

          @Override
          public long declaredBytes() {
            return body.declaredBytes();
          }
        });
  }

  private boolean records(AuditLevel level) {
    return verdict != null && verdict.level().atLeast(level) && AuditBody.mayRecord(info);
  }

  private @Nullable AuditBody recorded(byte[] bytes) {
    return verdict == null || bytes.length == 0 || bytes.length > AuditBody.MAX_BYTES
        ? null
        : new AuditBody(bytes, verdict.omitManagedFields());
  }

  /// What goes to `sink`, noted if it is to be recorded. Long-running answers never end, and are
  /// not.
  HttpResponse.BodySink noting(HttpResponse.BodySink sink) {
    return records(AuditLevel.REQUEST_RESPONSE) && info != null && !info.longRunning()
        ? new Noted(sink)
        : sink;
  }

  private final class Noted implements HttpResponse.BodySink {
    private final HttpResponse.BodySink sink;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean tooLong;

    Noted(HttpResponse.BodySink sink) {
      this.sink = sink;
    }

    @Override
    public void write(byte[] piece) throws IOException {
      tooLong |= bytes.size() + piece.length > AuditBody.MAX_BYTES;
      if (tooLong) {
        bytes.reset();
      } else {
        bytes.writeBytes(piece);
      }
      responseBody = tooLong ? null : recorded(bytes.toByteArray());
      sink.write(piece);
    }

    @Override
    public void flush() throws IOException {
      sink.flush();
    }

    @Override
    public void trailers(Headers fields) {
      sink.trailers(fields);
    }

    @Override
    public void onClose(Runnable action) {
      sink.onClose(action);
    }

    @Override
    public void onGone(Runnable action) {
      sink.onGone(action);
    }
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
    if (response instanceof HttpResponse.Complete complete
        && records(AuditLevel.REQUEST_RESPONSE)) {
      responseBody = recorded(complete.body());
    }
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

  private String verb() {
    return info == null || info.verb().isEmpty()
        ? request.method().toLowerCase(Locale.ROOT)
        : info.verb();
  }

  /// Who could not prove who they are is recorded in any case.
  private AuditLevel level(AuditEvent.Stage stage) {
    return verdict == null ? AuditLevel.METADATA : verdict.at(stage);
  }

  private void record(AuditEvent.Stage stage, @Nullable Status status) {
    String verb = verb();
    boolean over = stage != AuditEvent.Stage.REQUEST_RECEIVED;
    sink.accept(
        new AuditEvent(
            level(stage),
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
            annotations.copy(),
            over ? requestBody : null,
            over ? responseBody : null));
  }

  private String requestUri() {
    String query = request.query().mask(AuditTrail::isSecret, "***").encode();
    return Shortened.text(query.isEmpty() ? request.path() : request.path() + "?" + query, MAX_URI);
  }

  private static boolean isSecret(String parameter) {
    return SECRET_PARAMETER.matcher(parameter.toLowerCase(Locale.ROOT)).find();
  }
}
