package io.croft.gateway;

import static io.croft.gateway.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// HTTP/1.1 byte by byte: framing, malformed and hostile requests.
final class Http1ProtocolTest {
  private static final GatewayLimits LIMITS = new GatewayLimits(8_000, 2_000, 100, 10, 10, 10);
  private static RunningGateway running = unstarted();

  @SuppressWarnings("NullAway") // set before the first test
  private static RunningGateway unstarted() {
    return null;
  }

  @BeforeAll
  static void start() {
    running =
        RunningGateway.start(
            LIMITS,
            RunningGateway.TIMEOUTS,
            request ->
                switch (request.path()) {
                  case "/echo" -> GatewayExchangeTest.echo(request);
                  case "/stream" ->
                      new HttpResponse.Streaming(
                          200,
                          Headers.EMPTY,
                          sink -> sink.write("streamed".getBytes(StandardCharsets.UTF_8)));
                  default -> GatewayExchangeTest.text(request.path());
                });
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  private static String get(String target, String... fields) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + lines(fields) + "\r\n";
  }

  private static String post(String target, String body, String... fields) {
    return "POST " + target + " HTTP/1.1\r\nHost: x\r\n" + lines(fields) + "\r\n" + body;
  }

  private static String lines(String... fields) {
    return fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
  }

  @Test
  void answersPipelinedRequestsInOrder() throws IOException {
    try (var raw = running.raw()) {
      var requests = new StringBuilder();
      for (int i = 0; i < 50; i++) {
        requests.append(
            i % 2 == 0
                ? get("/" + i)
                : post("/echo", "b" + i, "Content-Length: " + ("b" + i).length()));
      }
      raw.send(requests.toString());

      for (int i = 0; i < 50; i++) {
        assertThat(raw.answer().body()).isEqualTo(i % 2 == 0 ? "/" + i : "b" + i);
      }
    }
  }

  @Test
  void answersInOrderWhenRequestsArriveInPieces() throws IOException {
    try (var raw = running.raw()) {
      for (byte b :
          (get("/a") + post("/echo", "hello", "Content-Length: 5"))
              .getBytes(StandardCharsets.UTF_8)) {
        raw.send(new byte[] {b});
      }

      assertThat(raw.answer().body()).isEqualTo("/a");
      assertThat(raw.answer().body()).isEqualTo("hello");
    }
  }

  @Test
  void readsBodiesInManySmallChunks() throws IOException {
    var body = new ByteArrayOutputStream();
    for (int i = 0; i < 100_000; i++) {
      body.writeBytes("1\r\nx\r\n".getBytes(StandardCharsets.UTF_8));
    }
    body.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    try (var raw = running.raw()) {
      raw.send(post("/echo", "", "Transfer-Encoding: chunked")).send(body.toByteArray());

      assertThat(raw.answer().body()).isEqualTo("x".repeat(100_000));
      assertThat(raw.send(get("/next")).answer().body()).isEqualTo("/next");
    }
  }

  @Test
  void keepsTheConnectionAfterASmallUnreadBody() throws IOException {
    try (var raw = running.raw()) {
      raw.send(post("/unread", "12345", "Content-Length: 5") + get("/next"));

      assertThat(raw.answer().body()).isEqualTo("/unread");
      assertThat(raw.answer().body()).isEqualTo("/next");
    }
  }

  @Test
  void closesTheConnectionAfterALargeUnreadBody() throws IOException {
    try (var raw = running.raw()) {
      raw.send(post("/unread", "x".repeat(1_000_000), "Content-Length: 1000000"));

      var answer = raw.answer();
      assertThat(answer.body()).isEqualTo("/unread");
      assertThat(answer.headers()).containsEntry("connection", "close");
      assertThat(raw.ended()).isTrue();
    }
  }

  @Test
  void asksForABodyThatWaitsToBeAskedFor() throws IOException {
    try (var raw = running.raw()) {
      raw.send(post("/echo", "", "Content-Length: 5", "Expect: 100-continue"));
      assertThat(raw.answer().status()).isEqualTo(100);

      assertThat(raw.send("hello").answer().body()).isEqualTo("hello");
      assertThat(raw.send(get("/next")).answer().body()).isEqualTo("/next");
    }
  }

  @Test
  void answersWithoutAskingForABodyThatNobodyReads() throws IOException {
    try (var raw = running.raw()) {
      raw.send(post("/unread", "", "Content-Length: 5", "Expect: 100-continue"));

      assertThat(raw.answer().body()).isEqualTo("/unread");
      assertThat(raw.ended()).isTrue();
    }
  }

  @Test
  void closesWhenAsked() throws IOException {
    try (var raw = running.raw()) {
      var answer = raw.send(get("/a", "Connection: close")).answer();

      assertThat(answer.headers()).containsEntry("connection", "close");
      assertThat(raw.ended()).isTrue();
    }
  }

  @Test
  void servesHttp10() throws IOException {
    try (var raw = running.raw()) {
      assertThat(raw.send("GET /a HTTP/1.0\r\n\r\n").answer().body()).isEqualTo("/a");
      assertThat(raw.ended()).isTrue();
    }
    try (var raw = running.raw()) {
      raw.send("GET /stream HTTP/1.0\r\n\r\n");
      assertThat(raw.answer().headers()).doesNotContainKey("transfer-encoding");
      assertThat(raw.rest()).isEqualTo("streamed");
    }
  }

  @Test
  void takesTheAbsoluteForm() throws IOException {
    try (var raw = running.raw()) {
      assertThat(raw.send(get("https://X/a?b=c")).answer().body()).isEqualTo("/a");
      assertThat(raw.send(get("http://x")).answer().body()).isEqualTo("/");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rubbish||",
        "GET /||",
        "GET / HTTP/1.1||",
        "GET / HTTP/1.1|Host: a|Host: b||",
        "GET / HTTP/1.1|Host: a|Bad Name: b||",
        "GET / HTTP/1.1|Host: a|Name : b||",
        "GET / HTTP/1.1|Host: a|Name: b\u0000c||",
        "GET / HTTP/1.1|Host: a|no colon||",
        "get / HTTP/1.1|Host: a||",
        "GET nowhere HTTP/1.1|Host: a||",
        "OPTIONS * HTTP/1.1|Host: a||",
        "GET /\u00e4 HTTP/1.1|Host: a||",
        "GET /#x HTTP/1.1|Host: a||",
        "GET /?a=%zz HTTP/1.1|Host: a||",
        "POST / HTTP/1.1|Host: a|Content-Length: -1||",
        "POST / HTTP/1.1|Host: a|Content-Length: 1x||",
        "POST / HTTP/1.1|Host: a|Content-Length: 3|Content-Length: 4||abc",
        "POST / HTTP/1.1|Host: a|Content-Length: 3, 4||abc",
        "POST / HTTP/1.1|Host: a|Content-Length: 3|Transfer-Encoding: chunked||0||",
        "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked, gzip||0||",
        "POST / HTTP/1.1|Host: a|Transfer-Encoding: xchunked||0||",
        "POST / HTTP/1.0|Host: a|Transfer-Encoding: chunked||0||",
      })
  void answersBadRequestAndCloses(String request) throws IOException {
    try (var raw = running.raw()) {
      var answer = raw.send(request.replace("|", "\r\n")).answer();

      assertThat(answer.status()).as(answer.body()).isEqualTo(400);
      assertThat(answer.headers()).containsEntry("content-type", "application/json");
      assertThat(answer.body())
          .contains("\"kind\":\"Status\"", "\"reason\":\"BadRequest\"", "malformed")
          .doesNotContain("Exception", "io.netty");
      assertThat(raw.ended()).isTrue();
    }
  }

  @Test
  void givesTheHandlerAnErrorForAMalformedBody() throws IOException {
    try (var raw = running.raw()) {
      var answer = raw.send(post("/echo", "zz\r\n", "Transfer-Encoding: chunked")).answer();

      assertThat(answer.status()).isEqualTo(500);
      assertThat(raw.ended()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"1900, 200", "2100, 414", "100000, 414"})
  void limitsTheTarget(int length, int status) throws IOException {
    try (var raw = running.raw()) {
      var answer = raw.send(get("/" + "x".repeat(length))).answer();

      assertThat(answer.status()).isEqualTo(status);
    }
  }

  @ParameterizedTest
  @CsvSource({"7000, 200", "9000, 431", "1000000, 431"})
  void limitsTheHeaders(int length, int status) throws IOException {
    try (var raw = running.raw()) {
      var answer = raw.send(get("/", "X-Long: " + "x".repeat(length))).answer();

      assertThat(answer.status()).isEqualTo(status);
    }
  }

  @Test
  void refusesWhatItDoesNotSpeak() throws IOException {
    try (var raw = running.raw()) {
      assertThat(raw.send("GET / HTTP/3.0\r\nHost: x\r\n\r\n").answer().status()).isEqualTo(505);
    }
    try (var raw = running.raw()) {
      assertThat(raw.send(get("/", "Expect: the-worst")).answer().status()).isEqualTo(417);
    }
  }

  @Test
  void noticesThatTheClientLeavesWhileTheHandlerWorks() throws Exception {
    var entered = new CountDownLatch(1);
    var left = new CountDownLatch(1);
    try (var own =
        RunningGateway.start(_ ->
            new HttpResponse.Streaming(
                200,
                Headers.EMPTY,
                sink -> {
                  sink.onClose(left::countDown);
                  entered.countDown();
                  GatewayExchangeTest.awaitUninterruptibly(left);
                }))) {
      try (var raw = own.raw()) {
        raw.send(get("/?watch=true"));
        GatewayExchangeTest.awaitUninterruptibly(entered);
      }

      eventually("the writer is told", () -> left.getCount() == 0);
    }
  }

  @Test
  void failsTheReaderWhenTheSenderLeaves() throws Exception {
    var failure = new AtomicReference<IOException>();
    try (var own =
        RunningGateway.start(request -> {
          try {
            return HttpResponse.of(200, "", request.body().readAll(100));
          } catch (IOException e) {
            failure.set(e);
            throw new java.io.UncheckedIOException(e);
          }
        })) {
      try (var raw = own.raw()) {
        raw.send(post("/", "half", "Content-Length: 8", "Expect: 100-continue"));
        assertThat(raw.answer().status()).isEqualTo(100);
      }

      eventually("the reader fails", () -> failure.get() != null);
    }
  }

  private static RunningGateway hasty(GatewayTimeouts timeouts) {
    return RunningGateway.start(
        GatewayLimits.DEFAULT,
        timeouts,
        request ->
            request.path().equals("/echo")
                ? GatewayExchangeTest.echo(request)
                : GatewayExchangeTest.text("ok"));
  }

  private static GatewayTimeouts timeouts(
      Duration handshake, Duration head, Duration body, Duration idle) {
    return new GatewayTimeouts(
        handshake, head, body, idle, RunningGateway.PATIENCE, Duration.ofSeconds(1));
  }

  private static final Duration LONG = RunningGateway.PATIENCE;
  private static final Duration SHORT = Duration.ofMillis(300);

  @Test
  void tellsAClientThatSpeaksNoTls() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), running.port())) {
      socket.setSoTimeout((int) LONG.toMillis());
      socket.getOutputStream().write(get("/").getBytes(StandardCharsets.UTF_8));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(answer).startsWith("HTTP/1.0 400 ").contains("an HTTPS server");
    }
  }

  @Test
  void closesAConnectionThatSendsNoHandshake() throws Exception {
    try (var own = hasty(timeouts(SHORT, LONG, LONG, LONG));
        var socket = new Socket(InetAddress.getLoopbackAddress(), own.port())) {
      socket.setSoTimeout((int) LONG.toMillis());

      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void closesAConnectionThatSendsNoWholeHead() throws Exception {
    try (var own = hasty(timeouts(LONG, SHORT, LONG, LONG));
        var raw = own.raw()) {
      raw.send("GET / HTTP/1.1\r\nHost: x\r\n");

      assertThat(raw.ended()).isTrue();
    }
  }

  @Test
  void closesAnIdleConnection() throws Exception {
    try (var own = hasty(timeouts(LONG, LONG, LONG, SHORT));
        var raw = own.raw()) {
      assertThat(raw.send(get("/")).answer().status()).isEqualTo(200);

      assertThat(raw.ended()).isTrue();
    }
  }

  @Test
  void failsTheReaderOfABodyThatDoesNotArrive() throws Exception {
    try (var own = hasty(timeouts(LONG, LONG, SHORT, LONG));
        var raw = own.raw()) {
      raw.send(post("/echo", "half", "Content-Length: 8"));

      assertThat(raw.answer().status()).isEqualTo(500);
      assertThat(raw.ended()).isTrue();
    }
  }
}
