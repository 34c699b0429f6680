package io.croft.gateway;

import static io.croft.gateway.RoutedGateway.ANYBODY;
import static io.croft.gateway.RoutedGateway.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.security.Access;
import io.croft.security.AuditEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections that stop to speak HTTP on their way to a service: as `kubectl exec` asks for SPDY.
@Tag("S1")
class RouteUpgradeTest {
  private static final String EXEC =
      lines(
          "POST /pods/b/exec?command=sh HTTP/1.1|Host: a|Authorization: alice|"
              + "Connection: Upgrade|Upgrade: SPDY/3.1|Content-Length: 0|"
              + "X-Stream-Protocol-Version: v4.channel.k8s.io|"
              + "X-Stream-Protocol-Version: v3.channel.k8s.io||");
  private static final String SWITCHED =
      lines(
          "HTTP/1.1 101 Switching Protocols|Connection: Upgrade|Upgrade: SPDY/3.1|"
              + "X-Stream-Protocol-Version: v4.channel.k8s.io||");

  private final RoutedGateway gateway = new RoutedGateway();

  @AfterEach
  void stop() {
    gateway.close();
  }

  private static String lines(String text) {
    return text.replace("|", "\r\n");
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void bytesPassInBothDirectionsAtATime() throws Exception {
    var sent = new byte[4 << 20];
    new Random(1).nextBytes(sent);
    var head = new CompletableFuture<String>();
    try (var upstream =
            new TestUpstream.Raw(socket -> {
              head.complete(TestUpstream.Raw.head(socket));
              write(socket, SWITCHED + "ready");
              socket.getInputStream().transferTo(socket.getOutputStream());
            });
        var client = gateway.running.raw()) {
      gateway.with("/pods", route(Access.AUTHENTICATED, upstream.endpoint()));

      RawConnection.Answer answer = client.send(EXEC).answer();
      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.headers())
          .containsEntry("upgrade", "SPDY/3.1")
          .containsEntry("connection", "upgrade")
          .containsEntry("x-stream-protocol-version", "v4.channel.k8s.io")
          .containsKey("audit-id");
      assertThat(client.bytes(5)).asString().isEqualTo("ready");
      var sending = new CompletableFuture<Void>();
      Thread.ofVirtual()
          .start(() -> {
            try {
              client.send(sent);
              sending.complete(null);
            } catch (IOException e) {
              sending.completeExceptionally(e);
            }
          });
      assertThat(client.bytes(sent.length)).isEqualTo(sent);
      sending.get(20, TimeUnit.SECONDS);
    }
    assertThat(head.get().lines())
        .contains(
            "POST /pods/b/exec?command=sh HTTP/1.1",
            "connection: upgrade",
            "upgrade: SPDY/3.1",
            "x-stream-protocol-version: v4.channel.k8s.io",
            "x-stream-protocol-version: v3.channel.k8s.io",
            "x-remote-user: alice")
        .noneMatch(field -> field.startsWith("authorization"));
    Eventually.eventually("the end is recorded", () -> gateway.events.size() == 2);
    assertThat(gateway.events)
        .extracting(AuditEvent::stage)
        .containsExactly(AuditEvent.Stage.RESPONSE_STARTED, AuditEvent.Stage.RESPONSE_COMPLETE);
  }

  @Test
  void theClientGetsAllThatAServiceSaidBeforeItLeft() throws Exception {
    var last = "x".repeat(1 << 20);
    try (var upstream =
            new TestUpstream.Raw(socket -> {
              TestUpstream.Raw.head(socket);
              write(socket, SWITCHED);
              write(socket, last);
            });
        var client = gateway.running.raw()) {
      gateway.with("/pods", route(Access.AUTHENTICATED, upstream.endpoint()));

      assertThat(client.send(EXEC).answer().status()).isEqualTo(101);
      assertThat(client.rest()).isEqualTo(last);
    }
  }

  @Test
  void aServiceHearsThatTheClientHasLeft() throws Exception {
    var heard = new CompletableFuture<String>();
    try (var upstream = new TestUpstream.Raw(socket -> listen(socket, heard))) {
      gateway.with("/pods", route(Access.AUTHENTICATED, upstream.endpoint()));
      try (var client = gateway.running.raw()) {
        client.send(EXEC).answer();
        client.send("typed");
        assertThat(client.bytes(1)).hasSize(1);
      }

      assertThat(heard.get(20, TimeUnit.SECONDS)).startsWith("typed");
    }
    Eventually.eventually("the end is recorded", () -> gateway.events.size() == 2);
  }

  private static void listen(Socket socket, CompletableFuture<String> heard) throws IOException {
    TestUpstream.Raw.head(socket);
    write(socket, SWITCHED);
    var text = new StringBuilder();
    int b;
    try {
      while ((b = socket.getInputStream().read()) >= 0) {
        text.append((char) b);
        write(socket, ".");
      }
    } catch (IOException e) {
      text.append(e);
    }
    heard.complete(text.toString());
  }

  /// TLS has half-closed connections; what passes them on has not, and must not hang for it.
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aConversationIsOverWhenTheClientHasSaidAll(String protocol) throws Exception {
    var heard = new CompletableFuture<String>();
    try (var upstream = new TestUpstream.Raw(socket -> listen(socket, heard));
        var client =
            RawConnection.open(gateway.running.port(), Credentials.clientContext(null), protocol)) {
      gateway.with("/pods", route(Access.AUTHENTICATED, upstream.endpoint()));
      client.send(EXEC).answer();
      client.send("typed");
      assertThat(client.bytes(5)).asString().isEqualTo(".....");
      client.endOfInput();

      assertThat(heard.get(20, TimeUnit.SECONDS)).startsWith("typed");
      assertThat(client.ended()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 12||no such pod!",
        "Transfer-Encoding: chunked||4|no s|8|uch pod!|0||",
        "Connection: close||no such pod!"
      })
  void aRefusalReachesTheClient(String rest) throws Exception {
    try (var upstream =
            new TestUpstream.Raw(socket -> {
              TestUpstream.Raw.head(socket);
              write(socket, lines("HTTP/1.1 404 Not Found|X-Why: gone|" + rest));
            });
        var client = gateway.running.raw()) {
      gateway.with("/pods", route(Access.AUTHENTICATED, upstream.endpoint()));

      for (int i = 0; i < 2; i++) { // the connection stays what it is
        RawConnection.Answer answer = client.send(EXEC).answer();
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).isEqualTo("no such pod!");
        assertThat(answer.headers()).containsEntry("x-why", "gone").doesNotContainKey("upgrade");
      }
    }
  }

  /// RFC 9110 section 7.8: only to what the client has asked for. It would be taken for that.
  @ParameterizedTest
  @ValueSource(strings = {"Upgrade: websocket|", "Upgrade: h2c|", "Upgrade: SPDY/3.1, h2c|", ""})
  void noServiceSpeaksWhatNobodyAskedFor(String upgrade) throws Exception {
    var cut = new CountDownLatch(1);
    try (var upstream =
            new TestUpstream.Raw(socket -> {
              TestUpstream.Raw.head(socket);
              write(socket, lines("HTTP/1.1 101 Switching Protocols|Connection: Upgrade|"));
              write(socket, lines(upgrade + "|"));
              InputStream in = socket.getInputStream();
              while (in.read() >= 0) {}
              cut.countDown();
            });
        var client = gateway.running.raw()) {
      gateway.with("/pods", route(Access.AUTHENTICATED, upstream.endpoint()));

      assertThat(client.send(EXEC).answer().status()).isEqualTo(502);
      assertThat(cut.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  /// Else a client could send requests past the gateway.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Connection: Upgrade, HTTP2-Settings|Upgrade: h2c|HTTP2-Settings: AA|",
        "Connection: Upgrade|Upgrade: TLS/1.0|",
        "Upgrade: SPDY/3.1|"
      })
  void whatIsNoUpgradeIsAnOrdinaryRequest(String fields) throws Exception {
    try (var upstream = TestUpstream.saying("hello");
        var client = gateway.running.raw()) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      var answer = client.send(lines("GET / HTTP/1.1|Host: a|" + fields + "|")).answer();

      assertThat(answer.status()).isEqualTo(200);
      assertThat(upstream.asked.getFirst().headers())
          .doesNotContainKeys("Upgrade", "Http2-settings", "Connection");
    }
  }
}
