package io.croft.engine.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.engine.proxy.EngineAddress.Credentials;
import io.croft.model.StatusException;
import io.croft.pki.Identity;
import io.croft.pki.Pki;
import io.croft.pki.Profile;
import io.croft.pki.ServerNames;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineProxyTest {
  private static final UserInfo ALICE =
      new UserInfo(
          "alice", "42", List.of("gardeners", "system:authenticated"), Map.of("a/B", List.of("c")));

  @TempDir Path directory;

  private Pki pki() throws Exception {
    return Pki.open(
        directory.resolve("pki"), ServerNames.of(List.of("localhost")), InstantSource.system());
  }

  private OneAnswer server(Pki pki, String answer) throws Exception {
    var names = ServerNames.of(List.of("127.0.0.1"));
    Identity identity =
        pki.serverAuthority().issue(new Profile.Server("engine", names, Duration.ofHours(1)));
    return new OneAnswer(identity, pki.frontProxy().authority().certificate(), answer);
  }

  private static EngineProxy proxy(Pki pki, int port) {
    var credentials = new Credentials(pki.frontProxy().client(), pki.serverAuthority().trusted());
    return new EngineProxy("k3s", new EngineAddress(port, () -> credentials));
  }

  private static HttpRequest request(String method, String path, Headers headers) {
    return new HttpRequest(
        method, path, Query.EMPTY, headers, RequestBody.EMPTY, new Peer("192.0.2.9", List.of()));
  }

  private static RequestContext context(HttpRequest request) {
    return new RequestContext(
        ALICE, RequestInfo.parse(request.method(), request.path(), request.query()), "1");
  }

  private static HttpResponse handle(EngineProxy proxy, HttpRequest request) {
    return proxy.handle(request, context(request));
  }

  /// What a writer writes.
  private static final class Sink implements HttpResponse.BodySink {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void write(byte[] piece) {
      bytes.writeBytes(piece);
    }

    @Override
    public void flush() {}

    @Override
    public void onClose(Runnable action) {}

    String text() {
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }

  @Test
  void saysWhoTheUserIsAndNobodyElseDoes() throws Exception {
    Pki pki = pki();
    try (var server =
        server(
            pki, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nAudit-Id: 7\r\nX-A: b\r\n\r\nok")) {
      Headers headers =
          Headers.of(
              "X-Remote-User", "root",
              "X-Remote-Group", "system:masters",
              "Impersonate-User", "root",
              "Authorization", "Bearer secret",
              "Cookie", "session=1",
              "X-Forwarded-For", "10.0.0.1",
              "Accept", "application/json");

      HttpResponse answer = handle(proxy(pki, server.port()), request("GET", "/api", headers));

      var sink = new Sink();
      ((HttpResponse.Streaming) answer).writer().writeTo(sink);
      assertThat(sink.text()).isEqualTo("ok");
      assertThat(answer.status()).isEqualTo(201);
      assertThat(answer.headers().first("x-a")).hasValue("b");
      assertThat(answer.headers().first("audit-id")).isEmpty();
      List<String> fields =
          server.head.get(20, TimeUnit.SECONDS).toLowerCase(Locale.ROOT).lines().toList();
      assertThat(fields)
          .contains(
              "x-remote-user: alice",
              "x-remote-uid: 42",
              "x-remote-group: gardeners",
              "x-remote-group: system:authenticated",
              "x-remote-extra-a%2fb: c",
              "x-forwarded-for: 192.0.2.9",
              "accept: application/json")
          .noneMatch(field -> field.contains("root") || field.contains("masters"))
          .noneMatch(field -> field.contains("secret") || field.contains("session"))
          .noneMatch(field -> field.startsWith("impersonate"));
    }
  }

  @Test
  void connectsToNoServerOfAnotherAuthority() throws Exception {
    Pki pki = pki();
    Pki other =
        Pki.open(
            directory.resolve("other"),
            ServerNames.of(List.of("localhost")),
            InstantSource.system());
    try (var server = server(other, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
      EngineProxy proxy = proxy(pki, server.port());

      assertThatThrownBy(() -> handle(proxy, request("GET", "/api", Headers.EMPTY)))
          .isInstanceOfSatisfying(
              StatusException.class, e -> assertThat(e.status().code()).isEqualTo(503));
      assertThat(proxy.ready(ALICE)).isFalse();
    }
  }

  @Test
  void tellsThatTheEngineDoesNotBelieveTheGateway() throws Exception {
    Pki pki = pki();
    try (var server = server(pki, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")) {
      EngineProxy proxy = proxy(pki, server.port());

      assertThatThrownBy(() -> handle(proxy, request("GET", "/api", Headers.EMPTY)))
          .hasMessageContaining("gateway's word")
          .isInstanceOfSatisfying(
              StatusException.class, e -> assertThat(e.status().code()).isEqualTo(503));
    }
  }

  @Test
  void answersWhenNobodyListens() throws Exception {
    EngineProxy proxy = proxy(pki(), 1);

    assertThatThrownBy(() -> handle(proxy, request("GET", "/api", Headers.EMPTY)))
        .hasMessageContaining("k3s does not answer");
  }

  @Test
  void turnsAConnectionIntoAConversation() throws Exception {
    Pki pki = pki();
    String answer =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
            + "X-Stream-Protocol-Version: v4\r\n\r\nhello";
    try (var server = server(pki, answer)) {
      Headers headers = Headers.of("Connection", "Upgrade", "Upgrade", "SPDY/3.1");

      HttpResponse response =
          handle(
              proxy(pki, server.port()),
              request("POST", "/api/v1/namespaces/a/pods/b/exec", headers));

      assertThat(response.headers().first("upgrade")).hasValue("SPDY/3.1");
      assertThat(response.headers().first("x-stream-protocol-version")).hasValue("v4");
      var sink = new Sink();
      ((HttpResponse.Upgraded) response)
          .conversation()
          .hold(new ByteArrayInputStream("typed".getBytes(StandardCharsets.UTF_8)), sink);
      assertThat(sink.text()).isEqualTo("hello");
      assertThat(server.rest.get(20, TimeUnit.SECONDS)).isEqualTo("typed");
      assertThat(server.head.get(20, TimeUnit.SECONDS))
          .startsWith("POST /api/v1/namespaces/a/pods/b/exec HTTP/1.1\r\n")
          .contains("upgrade: SPDY/3.1\r\n", "x-remote-user: alice\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 11||no such pod",
        "Transfer-Encoding: chunked||4|no s|6|uch po|1|d|0||",
        "Connection: close||no such pod"
      })
  void passesOnWhyAConnectionIsNotUpgraded(String rest) throws Exception {
    Pki pki = pki();
    String answer = lines("HTTP/1.1 100 Continue||HTTP/1.1 404 Not Found|" + rest);
    try (var server = server(pki, answer)) {
      HttpResponse response = handle(proxy(pki, server.port()), exec("websocket"));

      assertThat(response.status()).isEqualTo(404);
      assertThat(((HttpResponse.Complete) response).body())
          .isEqualTo("no such pod".getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String lines(String text) {
    return text.replace("|", "\r\n");
  }

  private static HttpRequest exec(String protocol) {
    return request(
        "POST",
        "/api/v1/namespaces/a/pods/b/exec",
        Headers.of("Connection", "keep-alive, Upgrade", "Upgrade", protocol));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"101 Switching Protocols|Upgrade: websocket", "101 Switching Protocols|X-A: b"})
  void goesOnInNoProtocolThatNobodyAskedFor(String answer) throws Exception {
    Pki pki = pki();
    try (var server = server(pki, lines("HTTP/1.1 " + answer + "||"))) {
      EngineProxy proxy = proxy(pki, server.port());

      assertThatThrownBy(() -> handle(proxy, exec("SPDY/3.1")))
          .hasMessageContaining("it was asked for SPDY/3.1")
          .isInstanceOfSatisfying(
              StatusException.class, e -> assertThat(e.status().code()).isEqualTo(503));
      assertThat(server.rest.get(20, TimeUnit.SECONDS)).isEmpty();
    }
  }

  @Test
  void tellsThatTheEngineDoesNotBelieveTheGatewayAlsoWhenAskedForAnUpgrade() throws Exception {
    Pki pki = pki();
    try (var server = server(pki, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")) {
      EngineProxy proxy = proxy(pki, server.port());

      assertThatThrownBy(() -> handle(proxy, exec("SPDY/3.1")))
          .hasMessageContaining("gateway's word");
    }
  }

  /// Requests in another form of HTTP would come past the gateway.
  @ParameterizedTest
  @ValueSource(strings = {"h2c", "TLS/1.0", "HTTP/2.0"})
  void passesNoChangeToAnotherHttpOn(String protocol) throws Exception {
    Pki pki = pki();
    try (var server = server(pki, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
      HttpResponse response = handle(proxy(pki, server.port()), exec(protocol));

      assertThat(response.status()).isEqualTo(200);
      assertThat(server.head.get(20, TimeUnit.SECONDS).toLowerCase(Locale.ROOT))
          .doesNotContain("upgrade:", protocol.toLowerCase(Locale.ROOT));
      ((HttpResponse.Streaming) response).abandon();
    }
  }

  @Test
  void theEngineHearsThatTheClientHasLeftAndTheClientThatTheEngineHas() throws Exception {
    Pki pki = pki();
    String answer =
        lines("HTTP/1.1 101 Switching Protocols|Connection: Upgrade|Upgrade: spdy/3.1||");
    try (var server = server(pki, answer)) {
      HttpResponse response = handle(proxy(pki, server.port()), exec("SPDY/3.1"));
      assertThat(response.headers().first("upgrade")).hasValue("SPDY/3.1");

      ((HttpResponse.Upgraded) response).abandon(); // for a client that has gone
      assertThat(server.rest.get(20, TimeUnit.SECONDS)).isEmpty();
    }
  }

  @Test
  void letsNobodySmuggleHeaderFields() throws Exception {
    Pki pki = pki();
    try (var server = server(pki, "")) {
      Headers headers =
          Headers.of(
              "Connection", "Upgrade", "Upgrade", "websocket", "X-Own", "a\r\nX-Remote-User: root");
      EngineProxy proxy = proxy(pki, server.port());

      assertThatThrownBy(() -> handle(proxy, request("GET", "/api", headers)))
          .hasMessageContaining("malformed");
    }
  }
}
