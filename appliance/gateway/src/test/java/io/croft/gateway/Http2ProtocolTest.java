package io.croft.gateway;

import static io.croft.gateway.Eventually.eventually;
import static io.croft.gateway.Http2Client.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// HTTP/2 frame by frame: flow control, resets, malformed and hostile requests.
final class Http2ProtocolTest {
  private static HttpResponse serve(HttpRequest request) {
    return request.path().equals("/echo")
        ? GatewayExchangeTest.echo(request)
        : GatewayExchangeTest.text(request.path());
  }

  @Test
  void answersEachStream() throws Exception {
    try (var running = RunningGateway.start(Http2ProtocolTest::serve);
        var client = new Http2Client(running.port())) {
      client.open(head("GET", "/a"), true);
      Http2FrameStream echo = client.open(head("POST", "/echo"), false);
      client.send(echo, "hello", true);

      client.awaitEvent("end 3");
      client.awaitEvent("end 5");
      assertThat(client.events).contains("headers 3 200", "data 3 /a", "data 5 hello");
    }
  }

  @Test
  void readsTheOtherStreamsWhileOneIsHeldBack() throws Exception {
    var released = new CountDownLatch(1);
    HttpHandler handler =
        request -> {
          if (request.path().equals("/held")) {
            GatewayExchangeTest.awaitUninterruptibly(released);
          }
          return GatewayExchangeTest.echo(request);
        };
    try (var running = RunningGateway.start(handler);
        var client = new Http2Client(running.port())) {
      for (int i = 0; i < 3; i++) {
        client.send(client.open(head("POST", "/held"), false), "x".repeat(200_000), true);
      }
      client.send(client.open(head("POST", "/"), false), "hello", true);

      client.awaitEvent("data 9 hello");
      released.countDown();
      client.awaitEvent("end 3");
      client.awaitEvent("end 5");
      client.awaitEvent("end 7");
    }
  }

  @Test
  void asksForABodyThatWaitsToBeAskedFor() throws Exception {
    try (var running = RunningGateway.start(Http2ProtocolTest::serve);
        var client = new Http2Client(running.port())) {
      Http2FrameStream stream =
          client.open(head("POST", "/echo").add("expect", "100-continue"), false);
      client.awaitEvent("headers 3 100");
      client.send(stream, "hello", true);

      client.awaitEvent("data 3 hello");
    }
  }

  @Test
  void resetsAStreamWhoseBodyNobodyReads() throws Exception {
    try (var running = RunningGateway.start(Http2ProtocolTest::serve);
        var client = new Http2Client(running.port())) {
      client.open(head("POST", "/unread"), false);

      client.awaitEvent("end 3");
      client.awaitEvent("reset 3 NO_ERROR");
      assertThat(client.events).contains("data 3 /unread");
    }
  }

  @Test
  void resetsAStreamWhoseWriterFails() throws Exception {
    HttpHandler failing =
        _ ->
            new HttpResponse.Streaming(
                200,
                Headers.EMPTY,
                sink -> {
                  sink.write("half".getBytes(StandardCharsets.UTF_8));
                  sink.flush();
                  throw new IOException("the rest is lost");
                });
    try (var running = RunningGateway.start(failing);
        var client = new Http2Client(running.port())) {
      client.open(head("GET", "/"), true);

      client.awaitEvent("reset 3 INTERNAL_ERROR");
      assertThat(client.events).contains("data 3 half").doesNotContain("end 3");
    }
  }

  @Test
  void tellsTheWriterOfAReset() throws Exception {
    var entered = new CountDownLatch(1);
    var closed = new CountDownLatch(1);
    HttpHandler watch =
        _ ->
            new HttpResponse.Streaming(
                200,
                Headers.EMPTY,
                sink -> {
                  sink.onClose(closed::countDown);
                  entered.countDown();
                  GatewayExchangeTest.awaitUninterruptibly(closed);
                });
    try (var running = RunningGateway.start(watch);
        var client = new Http2Client(running.port())) {
      Http2FrameStream stream = client.open(head("GET", "/?watch=1"), true);
      GatewayExchangeTest.awaitUninterruptibly(entered);
      client.reset(stream);

      eventually("the writer is told", () -> closed.getCount() == 0);
    }
  }

  @Test
  void failsTheReaderOfAStreamThatIsReset() throws Exception {
    var entered = new CountDownLatch(1);
    var failure = new AtomicReference<IOException>();
    HttpHandler reader =
        request -> {
          try {
            entered.countDown();
            return HttpResponse.of(200, "", request.body().readAll(1_000));
          } catch (IOException e) {
            failure.set(e);
            throw new UncheckedIOException(e);
          }
        };
    try (var running = RunningGateway.start(reader);
        var client = new Http2Client(running.port())) {
      Http2FrameStream stream = client.open(head("POST", "/"), false);
      client.send(stream, "half", false);
      GatewayExchangeTest.awaitUninterruptibly(entered);
      client.reset(stream);

      eventually("the reader fails", () -> failure.get() != null);
    }
  }

  static final List<Consumer<Http2Headers>> MALFORMED =
      List.of(
          headers -> headers.path("nowhere"),
          headers -> headers.method("get"),
          headers -> headers.remove(":path"),
          headers -> headers.remove(":authority"),
          headers -> headers.add("transfer-encoding", "chunked"),
          headers -> headers.add("connection", "close"),
          headers -> headers.add("Upper", "case"),
          headers -> headers.add("x-split", "a\r\nb"),
          headers -> headers.add("content-length", "5"),
          headers -> headers.add("content-length", "5").add("content-length", "6"),
          headers -> headers.add("host", "a").add("host", "b"));

  @ParameterizedTest
  @FieldSource("MALFORMED")
  void refusesAMalformedHeadAndCarriesOn(Consumer<Http2Headers> damage) throws Exception {
    try (var running = RunningGateway.start(Http2ProtocolTest::serve);
        var client = new Http2Client(running.port())) {
      Http2Headers headers = head("GET", "/bad");
      damage.accept(headers);
      client.open(headers, true);

      eventually(
          "refused: " + client.events,
          () ->
              client.events.contains("headers 3 400")
                  || client.events.contains("reset 3 PROTOCOL_ERROR"));
      assertThat(client.events).doesNotContain("headers 3 200");
      client.open(head("GET", "/good"), true);
      client.awaitEvent("data 5 /good");
    }
  }

  @Test
  void refusesHeadersThatAreTooLarge() throws Exception {
    try (var running = RunningGateway.start(Http2ProtocolTest::serve);
        var client = new Http2Client(running.port())) {
      Http2Headers headers = head("GET", "/");
      for (int i = 0; i < 20; i++) {
        headers.add("x-long-" + i, "x".repeat(8_000));
      }
      client.open(headers, true);

      client.awaitEvent("headers 3 431");
    }
  }

  @Test
  void announcesHowManyStreamsItTakes() throws Exception {
    var two = new GatewayLimits(8_000, 8_000, 10, 2, 10, 10);
    try (var running =
            RunningGateway.start(two, RunningGateway.TIMEOUTS, Http2ProtocolTest::serve);
        var client = new Http2Client(running.port())) {
      client.awaitEvent("streams 2");
    }
  }

  @Test
  void endsAConnectionThatOpensAndResetsInAFlood() throws Exception {
    try (var running = RunningGateway.start(Http2ProtocolTest::serve);
        var client = new Http2Client(running.port())) {
      for (int i = 0; i < 1_000 && !client.events.contains("closed"); i++) {
        client.reset(client.open(head("POST", "/"), false));
      }

      client.awaitEvent("goaway ENHANCE_YOUR_CALM");
      client.awaitEvent("closed");
    }
  }

  @Test
  void saysGoodbyeToAnIdleConnection() throws Exception {
    var hasty =
        new GatewayTimeouts(
            RunningGateway.PATIENCE,
            RunningGateway.PATIENCE,
            RunningGateway.PATIENCE,
            Duration.ofMillis(300),
            RunningGateway.PATIENCE,
            Duration.ofSeconds(1));
    try (var running =
            RunningGateway.start(GatewayLimits.DEFAULT, hasty, Http2ProtocolTest::serve);
        var client = new Http2Client(running.port())) {
      client.open(head("GET", "/"), true);
      client.awaitEvent("end 3");

      client.awaitEvent("goaway NO_ERROR");
      client.awaitEvent("closed");
    }
  }
}
