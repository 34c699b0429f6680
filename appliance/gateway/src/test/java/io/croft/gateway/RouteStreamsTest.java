package io.croft.gateway;

import static io.croft.gateway.RoutedGateway.ANYBODY;
import static io.croft.gateway.RoutedGateway.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.security.AuditEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Bodies, events and messages, as they come and at the pace of who takes them.
@Tag("S1")
class RouteStreamsTest {
  private final RoutedGateway gateway = new RoutedGateway();

  @AfterEach
  void stop() {
    gateway.close();
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void passesLongBodiesOnInBothDirections(HttpClient.Version version) throws Exception {
    var bytes = new byte[8 << 20];
    new Random(1).nextBytes(bytes);
    try (var upstream =
        new TestUpstream(exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getRequestBody().transferTo(exchange.getResponseBody());
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      var request =
          gateway
              .running
              .request("/")
              .POST(
                  HttpRequest.BodyPublishers.ofInputStream(
                      () -> new java.io.ByteArrayInputStream(bytes)));
      HttpResponse<byte[]> answer =
          gateway.running.client(version).send(request.build(), BodyHandlers.ofByteArray());

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(Arrays.equals(answer.body(), bytes)).isTrue();
    }
  }

  @Test
  void holdsTheSenderBackWhileTheServiceDoesNotRead() throws Exception {
    var release = new CountDownLatch(1);
    try (var upstream =
        new TestUpstream(exchange -> {
          RoutedGateway.await(release);
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(204, -1);
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      var sent = new AtomicInteger();
      int whole = 64 << 20;
      var endless =
          new InputStream() {
            @Override
            public int read() {
              return sent.incrementAndGet() > whole ? -1 : 'x';
            }

            @Override
            public int read(byte[] into, int offset, int length) {
              int before = sent.getAndAdd(length);
              return before >= whole ? -1 : length;
            }
          };
      var request =
          gateway
              .running
              .request("/")
              .POST(HttpRequest.BodyPublishers.ofInputStream(() -> endless));
      var answer =
          gateway
              .running
              .client(HttpClient.Version.HTTP_1_1)
              .sendAsync(request.build(), BodyHandlers.discarding());
      int before = -1;
      while (before != sent.get()) {
        before = sent.get();
        Thread.sleep(300);
      }
      assertThat(sent.get()).isLessThan(whole / 2);
      release.countDown();
      assertThat(answer.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(204);
    }
  }

  @Test
  void deliversEventsAsTheyCome() throws Exception {
    var next = new CountDownLatch(1);
    try (var upstream =
        new TestUpstream(exchange -> {
          exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write("data: 1\n\n".getBytes(StandardCharsets.UTF_8));
          exchange.getResponseBody().flush();
          RoutedGateway.await(next);
          exchange.getResponseBody().write("data: 2\n\n".getBytes(StandardCharsets.UTF_8));
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      HttpResponse<InputStream> answer =
          gateway
              .running
              .client(HttpClient.Version.HTTP_2)
              .send(gateway.running.request("/").build(), BodyHandlers.ofInputStream());
      try (var body = answer.body()) {
        assertThat(new String(body.readNBytes(9), StandardCharsets.UTF_8)).isEqualTo("data: 1\n\n");
        next.countDown();
        assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo("data: 2\n\n");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void deliversAHeadWhoseBodyIsStillToCome(HttpClient.Version version) throws Exception {
    var next = new CountDownLatch(1);
    try (var upstream =
        new TestUpstream(exchange -> {
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().flush();
          RoutedGateway.await(next);
          exchange.getResponseBody().write("later".getBytes(StandardCharsets.UTF_8));
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      HttpResponse<InputStream> answer =
          gateway
              .running
              .client(version)
              .send(gateway.running.request("/").build(), BodyHandlers.ofInputStream());
      next.countDown();

      assertThat(answer.body().readAllBytes()).asString().isEqualTo("later");
    }
  }

  @Test
  void tellsTheServiceWhenTheClientIsGone() throws Exception {
    var gone = new CountDownLatch(1);
    try (var upstream =
        new TestUpstream.Raw(socket -> {
          TestUpstream.Raw.head(socket);
          socket
              .getOutputStream()
              .write("HTTP/1.1 200 OK\r\n\r\nfirst".getBytes(StandardCharsets.US_ASCII));
          if (socket.getInputStream().read() < 0) {
            gone.countDown();
          }
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      HttpResponse<InputStream> answer =
          gateway
              .running
              .client(HttpClient.Version.HTTP_1_1)
              .send(gateway.running.request("/").build(), BodyHandlers.ofInputStream());
      assertThat(answer.body().readNBytes(5))
          .isEqualTo("first".getBytes(StandardCharsets.US_ASCII));
      answer.body().close();

      assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void cutsTheClientOffWhenTheServiceBreaksOff() throws Exception {
    try (var upstream =
        new TestUpstream.Raw(socket -> {
          TestUpstream.Raw.head(socket);
          socket
              .getOutputStream()
              .write(
                  "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
                      .getBytes(StandardCharsets.US_ASCII));
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));

      org.assertj.core.api.Assertions.assertThatThrownBy(() -> gateway.get("/"))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void passesTrailersOnThatArriveWithAShortAnswer() throws Exception {
    try (var upstream =
            new TestUpstream.Raw(socket -> {
              TestUpstream.Raw.head(socket);
              String answer =
                  """
                  HTTP/1.1 200 OK
                  Transfer-Encoding: chunked

                  5
                  hello
                  0
                  X-Sum: 7

                  """
                      .replace("\n", "\r\n");
              socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
              var _ = socket.getInputStream().read();
            });
        var client = gateway.running.raw()) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

      assertThat(client.rest()).contains("hello").containsIgnoringCase("x-sum: 7");
    }
  }

  @Test
  void speaksWebSocketThroughToTheService() throws Exception {
    try (var upstream = new TestUpstream.Raw(RouteStreamsTest::echoOneMessage)) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      BlockingQueue<String> messages = new ArrayBlockingQueue<>(10);
      WebSocket socket =
          gateway
              .running
              .client(HttpClient.Version.HTTP_1_1)
              .newWebSocketBuilder()
              .subprotocols("chat")
              .buildAsync(
                  URI.create("wss://127.0.0.1:" + gateway.running.port() + "/chat"),
                  new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(
                        WebSocket from, CharSequence text, boolean last) {
                      messages.add(text.toString());
                      from.request(1);
                      return java.util.concurrent.CompletableFuture.completedFuture(null);
                    }
                  })
              .get(20, TimeUnit.SECONDS);
      var _ = socket.sendText("hello", true).get(20, TimeUnit.SECONDS);

      assertThat(messages.poll(20, TimeUnit.SECONDS)).isEqualTo("hello");
      assertThat(socket.getSubprotocol()).isEqualTo("chat");
      socket.abort();
    }
    Eventually.eventually(
        "it is so",
        () ->
            gateway.events.stream().anyMatch(e -> e.stage() == AuditEvent.Stage.RESPONSE_COMPLETE));
    assertThat(gateway.events.getFirst().stage()).isEqualTo(AuditEvent.Stage.RESPONSE_STARTED);
  }

  private static void echoOneMessage(java.net.Socket socket) throws IOException {
    String head = TestUpstream.Raw.head(socket);
    String key =
        head.lines()
            .filter(l -> l.toLowerCase(java.util.Locale.ROOT).startsWith("sec-websocket-key:"))
            .map(l -> l.substring(l.indexOf(':') + 1).strip())
            .findFirst()
            .orElseThrow();
    String accept;
    try {
      byte[] text =
          (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
      accept = Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
    socket
        .getOutputStream()
        .write(
            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: "
                    + accept
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    byte[] start = in.readNBytes(2);
    int length = start[1] & 0x7f;
    byte[] mask = in.readNBytes(4);
    byte[] text = in.readNBytes(length);
    for (int i = 0; i < length; i++) {
      text[i] ^= mask[i % 4];
    }
    socket.getOutputStream().write(new byte[] {(byte) 0x81, (byte) length});
    socket.getOutputStream().write(text);
    var _ = in.read();
  }
}
