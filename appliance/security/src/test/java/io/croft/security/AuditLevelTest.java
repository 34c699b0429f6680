package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import io.croft.model.Json;
import io.croft.security.AuditEvent.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How much of a request is recorded by the level of its policy.
@Tag("S11")
class AuditLevelTest {
  private static final String PODS = "/api/v1/namespaces/default/pods";

  private final List<AuditEvent> events = new ArrayList<>();

  @ParameterizedTest
  @EnumSource(AuditLevel.class)
  void recordsWhatTheLevelSays(AuditLevel level) throws Exception {
    post(level, PODS, "{\"kind\":\"Pod\",\"spec\":{\"x\":1}}", "{\"kind\":\"Pod\",\"status\":{}}");

    AuditEvent last = events.getLast();
    assertThat(last.level()).isEqualTo(level);
    ObjectNode json = last.toJson();
    assertThat(json.path("level").asText()).isEqualTo(level.text());
    assertThat(json.has("requestObject")).isEqualTo(level.atLeast(AuditLevel.REQUEST));
    assertThat(json.has("responseObject")).isEqualTo(level == AuditLevel.REQUEST_RESPONSE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/namespaces/default/secrets",
        "/apis/authentication.k8s.io/v1/tokenreviews",
        "/api/v1/namespaces/default/serviceaccounts/web/token",
        "/some/path",
      })
  void recordsNoBodyThatIsASecretWhateverThePolicySays(String path) throws Exception {
    post(AuditLevel.REQUEST_RESPONSE, path, "{\"a\":\"HIDDEN\"}", "{\"b\":\"HIDDEN\"}");

    assertThat(text()).doesNotContain("HIDDEN");
  }

  @Test
  void masksSecretsWithinOtherBodies() throws Exception {
    post(
        AuditLevel.REQUEST_RESPONSE,
        PODS,
        """
        {"kind":"List","items":[{"kind":"Secret","data":{"a":"HIDDEN"},"stringData":{"b":"HIDDEN"},
         "metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"HIDDEN"}}}],
         "spec":{"token":"HIDDEN","clientSecret":"HIDDEN","api_key":"HIDDEN","secretName":"shown"}}
        """,
        "{\"status\":{\"token\":\"HIDDEN\",\"Password\":\"HIDDEN\"}}");

    assertThat(text()).contains("shown").doesNotContain("HIDDEN");
  }

  @Test
  void recordsStreamedAnswersUpToABound() throws Exception {
    writeOut(chain(AuditLevel.REQUEST_RESPONSE, streaming(10)).handle(request(PODS, "{}")));
    assertThat(events.getLast().toJson().has("responseObject")).isTrue();
    writeOut(chain(AuditLevel.REQUEST_RESPONSE, streaming(100_000)).handle(request(PODS, "{}")));
    assertThat(events.getLast().toJson().has("responseObject")).isFalse();
  }

  @Test
  void leavesManagedFieldsOut() throws Exception {
    String body = "{\"metadata\":{\"name\":\"a\",\"managedFields\":[{\"manager\":\"HIDDEN\"}]}}";
    var policy = new AuditPolicy.Verdict(AuditLevel.REQUEST, Set.of(), true);
    chain(
            (_, _, _) -> policy,
            HttpResponse.of(200, "application/json", "{}".getBytes(StandardCharsets.UTF_8)))
        .handle(request(PODS, body));

    assertThat(text()).doesNotContain("HIDDEN");
    assertThat(events)
        .extracting(AuditEvent::stage)
        .containsExactly(Stage.REQUEST_RECEIVED, Stage.RESPONSE_COMPLETE);
  }

  @Test
  void recordsFailedLoginsWhateverThePolicySays() {
    var chain =
        new RequestChain(
            _ -> new Authenticator.Outcome.Rejected("expired"),
            _ -> Decision.allow(""),
            events::add,
            (_, _, _) -> new AuditPolicy.Verdict(AuditLevel.NONE, Set.of(), false),
            (_, _) -> HttpResponse.of(200, "text/plain", new byte[0]),
            Destinations.NONE,
            OpenRoutes.NONE,
            RequestRates.UNLIMITED,
            new OpenAnswers(),
            InstantSource.system());
    chain.handle(HttpRequest.of("GET", PODS, Query.EMPTY));

    assertThat(events).hasSize(1);
    assertThat(events.getFirst().level()).isEqualTo(AuditLevel.METADATA);
  }

  @ParameterizedTest
  @CsvSource({
    "NONE, METADATA, METADATA",
    "METADATA, REQUEST, REQUEST",
    "REQUEST_RESPONSE, METADATA, REQUEST_RESPONSE",
    "REQUEST, NONE, REQUEST"
  })
  void aRouteMayHaveMoreRecordedAndNotLess(AuditLevel policy, AuditLevel route, AuditLevel level) {
    var access = new Access(false, Optional.empty(), Optional.of(route), false);
    routed(UserInfo.of("alice"), policy, access).handle(HttpRequest.of("GET", PODS, Query.EMPTY));

    assertThat(events).isNotEmpty().allMatch(event -> event.level() == level);
  }

  /// A token of an issuer that is known here is not for what is behind, also when it is no good.
  @Test
  void passesOnNoTokenThatWasMeantForUs() {
    var access = new Access(true, Optional.empty(), Optional.empty(), true);
    HttpRequest request =
        HttpRequest.of("GET", PODS, Query.EMPTY)
            .withHeaders(Headers.of("authorization", "Bearer x"));
    for (boolean ours : new boolean[] {true, false}) {
      var rejected = new Authenticator.Outcome.Rejected("cannot be verified", ours);
      passed.clear();
      HttpResponse answer = routed(_ -> rejected, AuditLevel.METADATA, access).handle(request);

      assertThat(answer.status()).isEqualTo(ours ? 401 : 200);
      assertThat(passed).hasSize(ours ? 0 : 1);
    }
  }

  private final List<HttpRequest> passed = new ArrayList<>();

  private RequestChain routed(UserInfo user, AuditLevel policy, Access access) {
    return routed(_ -> new Authenticator.Outcome.Authenticated(user), policy, access);
  }

  private RequestChain routed(Authenticator authenticator, AuditLevel policy, Access access) {
    AuthorizedHandler service =
        (request, _) -> {
          passed.add(request);
          return HttpResponse.of(200, "text/plain", new byte[0]);
        };
    return new RequestChain(
        authenticator,
        _ -> Decision.allow(""),
        events::add,
        (_, _, _) -> new AuditPolicy.Verdict(policy, Set.of(), false),
        (_, _) -> HttpResponse.of(404, "text/plain", new byte[0]),
        _ -> Optional.of(new Destination(access, service)),
        OpenRoutes.NONE,
        RequestRates.UNLIMITED,
        new OpenAnswers(),
        InstantSource.system());
  }

  private String text() {
    return String.join("\n", events.stream().map(e -> Json.text(e.toJson())).toList());
  }

  private void post(AuditLevel level, String path, String body, String answer) throws IOException {
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    chain(level, HttpResponse.of(201, "application/json", bytes)).handle(request(path, body));
  }

  private static HttpRequest request(String path, String body) {
    return HttpRequest.of("POST", path, Query.EMPTY)
        .withBody("application/json", body.getBytes(StandardCharsets.UTF_8));
  }

  private RequestChain chain(AuditLevel level, HttpResponse answer) {
    var verdict = new AuditPolicy.Verdict(level, Set.of(Stage.REQUEST_RECEIVED), false);
    return chain((_, _, _) -> verdict, answer);
  }

  private RequestChain chain(AuditPolicy policy, HttpResponse answer) {
    return new RequestChain(
        _ -> new Authenticator.Outcome.Authenticated(UserInfo.of("alice")),
        _ -> Decision.allow("test"),
        events::add,
        policy,
        (request, _) -> {
          try {
            byte[] _ = request.body().readAll(1 << 20);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return answer;
        },
        Destinations.NONE,
        OpenRoutes.NONE,
        RequestRates.UNLIMITED,
        new OpenAnswers(),
        InstantSource.system());
  }

  private static HttpResponse streaming(int length) {
    byte[] text = ("{\"a\":\"" + "x".repeat(length) + "\"}").getBytes(StandardCharsets.UTF_8);
    return new HttpResponse.Streaming(200, Headers.EMPTY, sink -> sink.write(text));
  }

  private static void writeOut(HttpResponse response) throws IOException {
    if (response instanceof HttpResponse.Streaming streaming) {
      streaming
          .writer()
          .writeTo(
              new HttpResponse.BodySink() {
                @Override
                public void write(byte[] bytes) {}

                @Override
                public void flush() {}

                @Override
                public void onClose(Runnable action) {}
              });
    }
  }
}
