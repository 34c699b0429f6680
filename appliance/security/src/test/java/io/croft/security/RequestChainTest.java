package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Statuses;
import io.croft.security.Authenticator.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestChainTest {
  private static final UserInfo ALICE = UserInfo.of("alice", "dev", "system:authenticated");

  private final List<AuditEvent> events = new ArrayList<>();
  private final List<RequestContext> handled = new ArrayList<>();
  private final List<HttpRequest> received = new ArrayList<>();
  private Authenticator authenticator = _ -> new Outcome.Authenticated(ALICE);
  private Authorizer authorizer = _ -> Decision.allow("because");
  private AuthorizedHandler handler = (_, _) -> HttpResponse.of(200, "text/plain", bytes("ok"));

  @Test
  void handsTheRequestToItsHandler() {
    HttpResponse response = send(get("/api/v1/namespaces/a/pods/p"));
    assertThat(response.status()).isEqualTo(200);
    RequestContext context = handled.getFirst();
    assertThat(context.user()).isEqualTo(ALICE);
    assertThat(context.info().name()).isEqualTo("p");
    assertThat(response.headers().first("Audit-Id")).contains(context.auditId());
    assertThat(response.headers().first("Cache-Control")).contains("no-cache, private");
  }

  /// Whoever acts as a host for one request must get nothing that lasts.
  @Test
  void handsOnWhatTheCredentialsRestOnButNotToWhomSpeaksAsSomeoneElse() {
    Standing standing = Standing.of("alice's certificate", () -> true);
    authenticator = _ -> new Outcome.Authenticated(ALICE, Optional.of(standing));
    send(get("/api/v1/pods"));
    send(get("/api/v1/pods").withHeaders(Headers.of("Impersonate-User", "system:node:edge-1")));
    assertThat(handled)
        .extracting(RequestContext::standing)
        .containsExactly(Optional.of(standing), Optional.empty());
    assertThat(handled.getLast().user().name()).isEqualTo("system:node:edge-1");
  }

  @Test
  void keepsTheCacheControlOfTheHandler() {
    handler =
        (_, _) -> new HttpResponse.Complete(200, Headers.of("cache-control", "public"), bytes(""));
    assertThat(send(get("/openapi/v3")).headers().all("cache-control")).containsExactly("public");
  }

  @Test
  void recordsWhoDidWhat() {
    send(get("/apis/apps/v1/namespaces/a/deployments/d/scale"));
    ObjectNode event = events.getFirst().toJson();
    assertThat(events).hasSize(1);
    assertThat(event.path("kind").asText()).isEqualTo("Event");
    assertThat(event.path("apiVersion").asText()).isEqualTo("audit.k8s.io/v1");
    assertThat(event.path("level").asText()).isEqualTo("Metadata");
    assertThat(event.path("stage").asText()).isEqualTo("ResponseComplete");
    assertThat(event.path("auditID").asText()).isEqualTo(handled.getFirst().auditId());
    assertThat(event.path("verb").asText()).isEqualTo("get");
    assertThat(event.path("user").toString())
        .isEqualTo("{\"username\":\"alice\",\"groups\":[\"dev\",\"system:authenticated\"]}");
    assertThat(event.path("sourceIPs").toString()).isEqualTo("[\"192.0.2.7\"]");
    assertThat(event.path("userAgent").asText()).isEqualTo("kubectl/v1.32");
    assertThat(event.path("objectRef").toString())
        .isEqualTo(
            "{\"resource\":\"deployments\",\"namespace\":\"a\",\"name\":\"d\",\"apiGroup\":\"apps\",\"apiVersion\":\"v1\",\"subresource\":\"scale\"}");
    assertThat(event.path("responseStatus").toString()).isEqualTo("{\"metadata\":{},\"code\":200}");
    assertThat(event.path("requestReceivedTimestamp").asText())
        .isEqualTo("2026-03-01T12:00:00.123456Z");
    assertThat(event.path("annotations").toString())
        .isEqualTo(
            "{\"authorization.k8s.io/decision\":\"allow\",\"authorization.k8s.io/reason\":\"because\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/livez", "/version", "/api/v1/pods", "/%zz"})
  void strangersAreUnauthorizedWhateverTheyAsk(String path) throws Exception {
    authenticator = _ -> new Outcome.NoCredentials();
    HttpResponse response = send(get(path));
    assertThat(json(response).toString())
        .isEqualTo(
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"Unauthorized\",\"reason\":\"Unauthorized\",\"code\":401}");
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.headers().first("content-type")).contains("application/json");
    assertThat(response.headers().first("www-authenticate")).isEmpty();
    assertThat(handled).isEmpty();
    assertThat(events).singleElement().extracting(AuditEvent::user).isNull();
  }

  @Test
  void onlyTheAuditLogLearnsWhyCredentialsAreRefused() {
    authenticator = _ -> new Outcome.Rejected("expired yesterday");
    HttpResponse response = send(get("/api/v1/pods"));
    assertThat(response.status()).isEqualTo(401);
    assertThat(text(response)).doesNotContain("yesterday");
    assertThat(events.getFirst().annotations())
        .containsEntry("authentication.croft.io/rejected", "expired yesterday");
  }

  @Test
  void refusalsAreWordedAsByKubernetesAndRecorded() throws Exception {
    authorizer = _ -> Decision.noOpinion("");
    HttpResponse response = send(get("/api/v1/namespaces/default/configmaps"));
    assertThat(response.status()).isEqualTo(403);
    assertThat(json(response).path("message").asText())
        .isEqualTo(
            "configmaps is forbidden: User \"alice\" cannot list resource \"configmaps\" in API"
                + " group \"\" in the namespace \"default\"");
    ObjectNode event = events.getFirst().toJson();
    assertThat(event.path("annotations").path("authorization.k8s.io/decision").asText())
        .isEqualTo("forbid");
    assertThat(event.path("responseStatus").path("reason").asText()).isEqualTo("Forbidden");
    assertThat(handled).isEmpty();
  }

  @Test
  void refusesAPathThatMakesNoSense() throws Exception {
    HttpResponse response = send(get("/healthz/../api/v1/secrets"));
    assertThat(response.status()).isEqualTo(400);
    assertThat(json(response).path("reason").asText()).isEqualTo("BadRequest");
    assertThat(events).singleElement().extracting(AuditEvent::verb).isEqualTo("get");
    assertThat(handled).isEmpty();
  }

  @Test
  void aStatusThatTheHandlerThrowsIsTheAnswer() throws Exception {
    handler =
        (_, _) -> {
          throw Statuses.tooManyRequests("slow down", 3);
        };
    HttpResponse response = send(get("/api/v1/pods"));
    assertThat(response.status()).isEqualTo(429);
    assertThat(response.headers().first("retry-after")).contains("3");
    assertThat(events.getFirst().toJson().path("responseStatus").path("message").asText())
        .isEqualTo("slow down");
  }

  @Test
  void recordsWhatTheHandlerNotes() {
    handler =
        (_, context) -> {
          context.annotations().accept("policy/note", "first");
          context.annotations().accept("policy/note", "second");
          throw Statuses.badRequest("no");
        };
    send(get("/api/v1/pods"));
    assertThat(events.getFirst().annotations())
        .containsEntry("policy/note", "second")
        .containsEntry("authorization.k8s.io/decision", "allow");
  }

  @Test
  void boundsWhatTheHandlerNotes() {
    handler =
        (_, context) -> {
          for (int i = 0; i < 100; i++) {
            context.annotations().accept("policy/note" + i, "x".repeat(1 << 20));
          }
          return HttpResponse.of(200, "text/plain", bytes("ok"));
        };
    send(get("/api/v1/pods"));
    int length =
        events.getFirst().annotations().entrySet().stream()
            .mapToInt(note -> note.getKey().length() + note.getValue().length())
            .sum();
    assertThat(length).isBetween(8000, 8192);
    assertThat(events.getFirst().annotations())
        .containsKey("authorization.k8s.io/decision")
        .hasEntrySatisfying("policy/note0", note -> assertThat(note).hasSize(4096).endsWith("x…"));
  }

  @Test
  void anUnforeseenErrorIsAnsweredWithoutDetail() throws Exception {
    handler =
        (_, _) -> {
          throw new IllegalStateException("password=hunter2");
        };
    HttpResponse response = send(get("/api/v1/pods"));
    assertThat(response.status()).isEqualTo(500);
    assertThat(text(response)).doesNotContain("hunter2").doesNotContain("IllegalState");
    String auditId = response.headers().first("audit-id").orElseThrow();
    assertThat(json(response).path("message").asText()).contains(auditId);
    assertThat(events)
        .singleElement()
        .extracting(AuditEvent::stage)
        .isEqualTo(AuditEvent.Stage.PANIC);
  }

  @Test
  void recordsAStreamingAnswerWhenItEnds() throws Exception {
    handler = (_, _) -> streaming(sink -> sink.write(bytes("x")));
    HttpResponse response = send(get("/api/v1/pods"));
    assertThat(events).isEmpty();
    assertThat(text(response)).isEqualTo("x");
    assertThat(stages()).containsExactly("ResponseComplete");
    assertThat(response.headers().first("audit-id")).isPresent();
  }

  @Test
  void recordsBeginAndEndOfAWatch() {
    handler = (_, _) -> streaming(_ -> {});
    HttpResponse response = send(get("/api/v1/pods", "watch", "true"));
    assertThat(stages()).containsExactly("ResponseStarted");
    text(response);
    assertThat(stages()).containsExactly("ResponseStarted", "ResponseComplete");
    assertThat(events.get(0).auditId()).isEqualTo(events.get(1).auditId());
  }

  @Test
  void aWatchWhoseReceiverLeavesHasEnded() {
    handler =
        (_, _) ->
            streaming(_ -> {
              throw new IOException("gone");
            });
    var response = (HttpResponse.Streaming) send(get("/api/v1/pods", "watch", "true"));
    assertThatThrownBy(() -> response.writer().writeTo(new Gathered())).hasMessage("gone");
    assertThat(stages()).containsExactly("ResponseStarted", "ResponseComplete");
  }

  @Test
  void aBodyThatFailsUnforeseenIsCutAndRecorded() {
    handler =
        (_, _) ->
            streaming(_ -> {
              throw new IllegalStateException("broken");
            });
    var response = (HttpResponse.Streaming) send(get("/api/v1/pods"));
    assertThatThrownBy(() -> response.writer().writeTo(new Gathered())).hasMessage("broken");
    assertThat(stages()).containsExactly("Panic");
  }

  @Test
  void recordsAStreamingAnswerToHeadAtOnce() {
    handler = (_, _) -> streaming(_ -> {});
    send(request("HEAD", "/api/v1/pods", Query.EMPTY, Headers.EMPTY));
    assertThat(stages()).containsExactly("ResponseComplete");
  }

  @Test
  void neverRecordsSecretsInQueries() {
    send(
        get(
            "/api/v1/pods",
            "token",
            "t0ps3cret",
            "labelSelector",
            "a=b",
            "X-Amz-Signature",
            "abc"));
    assertThat(events.getFirst().requestUri())
        .isEqualTo("/api/v1/pods?token=***&labelSelector=a%3Db&X-Amz-Signature=***");
  }

  @Test
  void callersInThisProcessPassTheSameChain() {
    authenticator = _ -> new Outcome.NoCredentials();
    var system = UserInfo.of("system:apiserver", "system:masters");
    HttpResponse response =
        chain().as(system).handle(HttpRequest.of("GET", "/api/v1/pods", Query.EMPTY));
    assertThat(response.status()).isEqualTo(200);
    assertThat(handled.getFirst().user()).isEqualTo(system);
    assertThat(events).singleElement().extracting(AuditEvent::user).isEqualTo(system);

    authorizer = _ -> Decision.deny("no");
    assertThat(
            chain().as(system).handle(HttpRequest.of("GET", "/api/v1/pods", Query.EMPTY)).status())
        .isEqualTo(403);
  }

  @Test
  void actsAsSomeoneElseWhenAllowed() {
    List<String> asked = recordQuestions();
    Headers headers =
        Headers.of(
            "Impersonate-User", "bob",
            "Impersonate-Group", "ops",
            "Impersonate-Group", "dev",
            "Impersonate-Uid", "u-1",
            "Impersonate-Extra-acme.com%2Fproject", "p1",
            "X-Other", "stays");
    send(request("GET", "/api/v1/pods", Query.EMPTY, headers));

    assertThat(asked)
        .containsExactly(
            "alice impersonate users/bob@",
            "alice impersonate groups/ops@",
            "alice impersonate groups/dev@",
            "alice impersonate uids.authentication.k8s.io/u-1@",
            "alice impersonate userextras/acme.com/project.authentication.k8s.io/p1@",
            "bob list pods/@");
    UserInfo user = handled.getFirst().user();
    assertThat(user.name()).isEqualTo("bob");
    assertThat(user.uid()).isEqualTo("u-1");
    assertThat(user.groups()).containsExactly("ops", "dev", "system:authenticated");
    assertThat(user.extra()).containsEntry("acme.com/project", List.of("p1"));
    assertThat(received.getFirst().headers().toString()).isEqualTo("[x-other, stays]");
    assertThat(events.getFirst().toJson().path("impersonatedUser").path("username").asText())
        .isEqualTo("bob");
    assertThat(events.getFirst().user()).isEqualTo(ALICE);
  }

  @Test
  void passesNoCredentialsOn() {
    Headers headers = Headers.of("Authorization", "Bearer secret", "X-Other", "stays");
    send(request("GET", "/api/v1/pods", Query.EMPTY, headers));
    assertThat(received.getFirst().headers().toString()).isEqualTo("[x-other, stays]");
    assertThat(events.getFirst().toJson().toString()).doesNotContain("secret");
  }

  @Test
  void serviceAccountsBringTheirGroups() {
    List<String> asked = recordQuestions();
    Headers headers = Headers.of("Impersonate-User", "system:serviceaccount:ns:robot");
    send(request("GET", "/api/v1/pods", Query.EMPTY, headers));
    assertThat(asked).first().isEqualTo("alice impersonate serviceaccounts/robot@ns");
    assertThat(handled.getFirst().user().groups())
        .containsExactly(
            "system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated");
  }

  @Test
  void anonymousIsNotAuthenticatedEvenWhenImpersonated() {
    Headers headers = Headers.of("Impersonate-User", "system:anonymous");
    send(request("GET", "/api/v1/pods", Query.EMPTY, headers));
    assertThat(handled.getFirst().user().groups()).containsExactly("system:unauthenticated");
  }

  @Test
  void doesNotActAsSomeoneElseWithoutTheRight() throws Exception {
    authorizer =
        a -> a.info().plural().equals("groups") ? Decision.noOpinion("") : Decision.allow("");
    Headers headers = Headers.of("Impersonate-User", "bob", "Impersonate-Group", "system:masters");
    HttpResponse response = send(request("GET", "/api/v1/pods", Query.EMPTY, headers));
    assertThat(response.status()).isEqualTo(403);
    assertThat(json(response).path("message").asText())
        .isEqualTo(
            "groups \"system:masters\" is forbidden: User \"alice\" cannot impersonate resource"
                + " \"groups\" in API group \"\" at the cluster scope");
    assertThat(handled).isEmpty();
    assertThat(events).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"Impersonate-Group,dev", "Impersonate-Uid,1", "Impersonate-Extra-a,b"})
  void impersonationNeedsAUser(String header, String value) {
    assertThat(
            send(request("GET", "/api/v1/pods", Query.EMPTY, Headers.of(header, value))).status())
        .isEqualTo(400);
    assertThat(handled).isEmpty();
  }

  private List<String> recordQuestions() {
    var asked = new ArrayList<String>();
    authorizer =
        a -> {
          RequestInfo info = a.info();
          String group = info.group().isEmpty() ? "" : "." + info.group();
          asked.add(
              "%s %s %s%s/%s@%s"
                  .formatted(
                      a.user().name(),
                      info.verb(),
                      a.resourceWithSub(),
                      group,
                      info.name(),
                      info.namespace()));
          return Decision.allow("");
        };
    return asked;
  }

  private RequestChain chain() {
    InstantSource clock = InstantSource.fixed(Instant.parse("2026-03-01T12:00:00.123456Z"));
    return new RequestChain(
        request -> authenticator.authenticate(request),
        attributes -> authorizer.authorize(attributes),
        events::add,
        (request, context) -> {
          handled.add(context);
          received.add(request);
          return handler.handle(request, context);
        },
        clock);
  }

  private HttpResponse send(HttpRequest request) {
    return chain().handle(request);
  }

  private static HttpRequest get(String path, String... query) {
    return request("GET", path, Query.of(query), Headers.of("User-Agent", "kubectl/v1.32"));
  }

  private static HttpRequest request(String method, String path, Query query, Headers headers) {
    return new HttpRequest(
        method, path, query, headers, RequestBody.EMPTY, new Peer("192.0.2.7", List.of()));
  }

  private List<String> stages() {
    return events.stream().map(e -> e.stage().text()).toList();
  }

  private static HttpResponse streaming(HttpResponse.BodyWriter writer) {
    return new HttpResponse.Streaming(200, Headers.EMPTY, writer);
  }

  private static ObjectNode json(HttpResponse response) throws MalformedJsonException {
    return Json.parseObject(bytes(text(response)));
  }

  private static String text(HttpResponse response) {
    return switch (response) {
      case HttpResponse.Upgraded _ -> throw new AssertionError("an upgrade");
      case HttpResponse.Complete complete -> new String(complete.body(), StandardCharsets.UTF_8);
      case HttpResponse.Streaming streaming -> {
        var sink = new Gathered();
        try {
          streaming.writer().writeTo(sink);
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
        yield sink.text.toString();
      }
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static final class Gathered implements HttpResponse.BodySink {
    private final StringBuilder text = new StringBuilder();

    @Override
    public void write(byte[] bytes) {
      text.append(new String(bytes, StandardCharsets.UTF_8));
    }

    @Override
    public void flush() {}

    @Override
    public void onClose(Runnable action) {}
  }
}
