package io.croft.gateway;

import static io.croft.gateway.GatewayExchangeTest.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.base.http.HttpResponse.BodyWriter;
import io.croft.base.http.HttpResponse.Complete;
import io.croft.base.http.HttpResponse.Streaming;
import io.croft.model.Statuses;
import java.io.IOException;
import java.net.URI;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Streamed bodies as WebSocket messages, with the JDK's client at the other end.
final class WebSocketTest {
  static HttpHandler streaming(BodyWriter writer) {
    return _ -> new Streaming(200, Headers.of("content-type", "application/json"), writer);
  }

  static URI socketUri(RunningGateway running, String target) {
    return URI.create("wss://127.0.0.1:" + running.port() + target);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// A body that stays open until its receiver is gone or the gateway drains.
  static BodyWriter watch(CountDownLatch closed) {
    return sink -> {
      sink.onClose(closed::countDown);
      send(sink, "first\n");
      awaitUninterruptibly(closed);
    };
  }

  private static void send(BodySink sink, String text) throws IOException {
    sink.write(bytes(text));
    sink.flush();
  }

  private static WebSocketClient.Open connect(RunningGateway running) throws Exception {
    return WebSocketClient.connect(running, "/?watch=1").get();
  }

  @Test
  void sendsEachLineAsOneMessageAndClosesAtTheEnd() throws Exception {
    BodyWriter writer =
        sink -> {
          send(sink, "{\"a\":1}\n");
          send(sink, "\u00e4\u20ac\ud83d\ude00\n\nlast, without its newline");
        };
    try (var running = RunningGateway.start(streaming(writer))) {
      var open = connect(running);

      assertThat(open.next()).isEqualTo("text {\"a\":1}");
      assertThat(open.next()).isEqualTo("text \u00e4\u20ac\ud83d\ude00");
      assertThat(open.next()).isEqualTo("text ");
      assertThat(open.next()).isEqualTo("text last, without its newline");
      assertThat(open.next()).isEqualTo("close 1000");
    }
  }

  @Test
  void joinsALineThatIsWrittenInParts() throws Exception {
    BodyWriter writer =
        sink -> {
          send(sink, "on");
          send(sink, "e\ntw");
          sink.write(bytes("o"));
          send(sink, "\n");
        };
    try (var running = RunningGateway.start(streaming(writer))) {
      var open = connect(running);

      assertThat(open.next()).isEqualTo("text one");
      assertThat(open.next()).isEqualTo("text two");
      assertThat(open.next()).isEqualTo("close 1000");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {32_767, 32_768, 65_535, 65_536, 65_537, 300_000})
  void sendsLongLinesWhole(int length) throws Exception {
    // Characters of three bytes, so that pieces end in the middle of some.
    String line = "\u20ac".repeat(length / 3) + "x".repeat(length % 3);
    BodyWriter writer = sink -> send(sink, "a\n" + line + "\n" + line + "\nz\n");
    try (var running = RunningGateway.start(streaming(writer))) {
      var open = connect(running);

      assertThat(open.next()).isEqualTo("text a");
      assertThat(open.next()).isEqualTo("text " + line);
      assertThat(open.next()).isEqualTo("text " + line);
      assertThat(open.next()).isEqualTo("text z");
      assertThat(open.next()).isEqualTo("close 1000");
    }
  }

  @Test
  void keepsTheOrderOfManyLines() throws Exception {
    int count = 20_000;
    BodyWriter writer =
        sink -> {
          for (int i = 0; i < count; i++) {
            sink.write(bytes("{\"number\":" + i + "}\n"));
          }
        };
    try (var running = RunningGateway.start(streaming(writer))) {
      var open = connect(running);
      var received = new ArrayList<String>();
      for (String event = open.next(); event.startsWith("text"); event = open.next()) {
        received.add(event);
      }

      List<String> sent =
          IntStream.range(0, count).mapToObj(i -> "text {\"number\":" + i + "}").toList();
      assertThat(received).isEqualTo(sent);
    }
  }

  @Test
  void tellsTheWriterThatTheClientHasClosed() throws Exception {
    var closed = new CountDownLatch(1);
    try (var running = RunningGateway.start(streaming(watch(closed)))) {
      var open = connect(running);
      assertThat(open.next()).isEqualTo("text first");

      open.socket().sendClose(4000, "enough").join();

      awaitUninterruptibly(closed);
      assertThat(open.next()).isEqualTo("close 4000");
    }
  }

  @Test
  void tellsTheWriterThatTheClientIsGone() throws Exception {
    var closed = new CountDownLatch(1);
    try (var running = RunningGateway.start(streaming(watch(closed)))) {
      var open = connect(running);
      assertThat(open.next()).isEqualTo("text first");

      open.socket().abort();

      awaitUninterruptibly(closed);
    }
  }

  @Test
  void closesInGoodOrderWhenTheGatewayDrains() throws Exception {
    BodyWriter writer =
        sink -> {
          var closed = new CountDownLatch(1);
          watch(closed).writeTo(sink);
          send(sink, "last\n");
        };
    try (var running = RunningGateway.start(streaming(writer))) {
      var open = connect(running);
      assertThat(open.next()).isEqualTo("text first");

      running.gateway.stop();

      assertThat(open.next()).isEqualTo("text last");
      assertThat(open.next()).isEqualTo("close 1000");
    }
  }

  @Test
  void closesAsFailedWhenTheWriterFails() throws Exception {
    BodyWriter writer =
        sink -> {
          send(sink, "whole\nhalf");
          throw new IOException("the rest is lost");
        };
    try (var running = RunningGateway.start(streaming(writer))) {
      var open = connect(running);

      assertThat(open.next()).isEqualTo("text whole");
      assertThat(open.next()).isEqualTo("close 1011");
    }
  }

  @Test
  void answersPingsAndIgnoresMessages() throws Exception {
    var closed = new CountDownLatch(1);
    try (var running = RunningGateway.start(streaming(watch(closed)))) {
      var open = connect(running);
      assertThat(open.next()).isEqualTo("text first");

      open.socket().sendText("hello", true).join();
      open.socket().sendBinary(ByteBuffer.wrap(new byte[10_000]), true).join();
      open.socket().sendPing(ByteBuffer.wrap(bytes("are you there?"))).join();

      assertThat(open.next()).isEqualTo("pong are you there?");
    }
  }

  @Test
  void answersARefusalWithItsStatus() {
    HttpHandler gone =
        _ -> {
          throw Statuses.badRequest("too old");
        };
    try (var running = RunningGateway.start(gone)) {
      assertThatThrownBy(() -> connect(running))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              WebSocketHandshakeException.class,
              e -> assertThat(e.getResponse().statusCode()).isEqualTo(400));
    }
  }

  @Test
  void choosesNoneOfTheOfferedSubprotocols() throws Exception {
    try (var running = RunningGateway.start(streaming(sink -> send(sink, "x\n")))) {
      var open = WebSocketClient.connect(running, "/", "unknown.example.com").get();

      assertThat(open.socket().getSubprotocol()).isEmpty();
      assertThat(open.next()).isEqualTo("text x");
    }
  }

  @Test
  void leavesNoBufferBehind() throws Exception {
    BodyWriter writer = sink -> send(sink, "x".repeat(100_000) + "\nhalf");
    try (var running = RunningGateway.start(streaming(writer))) {
      for (int i = 0; i < 5; i++) {
        var open = connect(running);
        // The server ends the watch at once, so either may come too late.
        open.socket().sendPing(ByteBuffer.wrap(new byte[100])).handle((_, _) -> true).join();
        open.socket().sendClose(1000, "").handle((_, _) -> true).join();
      }
      running.stop();
      assertThat(running.gateway.memory().buffersInUse()).isZero();
    }
  }

  @Test
  void leavesACompleteAnswerAsItIs() throws Exception {
    HttpHandler complete = _ -> new Complete(200, Headers.EMPTY, bytes("plain"));
    try (var running = RunningGateway.start(complete);
        var raw = running.raw()) {
      for (int i = 0; i < 2; i++) {
        var answer = raw.send(WebSocketProtocolTest.handshake("")).answer();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("plain");
      }
    }
  }
}
