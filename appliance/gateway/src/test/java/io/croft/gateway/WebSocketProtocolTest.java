package io.croft.gateway;

import static io.croft.gateway.Eventually.eventually;
import static io.croft.gateway.GatewayExchangeTest.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.HttpResponse.BodyWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The WebSocket protocol byte by byte, and clients that misbehave.
final class WebSocketProtocolTest {
  private static final int FIN_TEXT = 0x81;
  private static final int TEXT = 0x01;
  private static final int CONTINUATION = 0x00;
  private static final int FIN_CONTINUATION = 0x80;
  private static final int FIN_BINARY = 0x82;
  private static final int FIN_CLOSE = 0x88;
  private static final int FIN_PING = 0x89;
  private static final int FIN_PONG = 0x8A;

  /// The example of RFC 6455 section 1.3.
  static String handshake(String moreFields) {
    return handshake("dGhlIHNhbXBsZSBub25jZQ==", "13", moreFields);
  }

  private static String handshake(String key, String version, String moreFields) {
    return "GET /?watch=1 HTTP/1.1\r\nHost: here:6443\r\nConnection: keep-alive, Upgrade\r\n"
        + "Upgrade: WebSocket\r\nSec-WebSocket-Key: "
        + key
        + "\r\nSec-WebSocket-Version: "
        + version
        + "\r\n"
        + moreFields
        + "\r\n";
  }

  private static RunningGateway watching(CountDownLatch closed) {
    return RunningGateway.start(WebSocketTest.streaming(WebSocketTest.watch(closed)));
  }

  /// A frame from a client, masked with zeros, which leave the payload as it is.
  private static byte[] frame(int start, int length) {
    var frame = new ByteArrayOutputStream();
    frame.write(start);
    if (length < 126) {
      frame.write(0x80 | length);
    } else {
      frame.writeBytes(new byte[] {(byte) 0xFF, 0, 0, 0, 0});
      frame.writeBytes(new byte[] {0, (byte) (length >> 16), (byte) (length >> 8), (byte) length});
    }
    frame.writeBytes(new byte[4]);
    frame.writeBytes(new byte[length]);
    return frame.toByteArray();
  }

  private static String closeStatus(RawConnection raw) throws IOException {
    byte[] payload = raw.frame(FIN_CLOSE);
    return "close " + (((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF));
  }

  private static String text(byte[] payload) {
    return new String(payload, StandardCharsets.UTF_8);
  }

  @Test
  void acceptsTheExampleOfTheStandard() throws Exception {
    var closed = new CountDownLatch(1);
    try (var running = watching(closed);
        var raw = running.raw()) {
      var answer = raw.send(handshake("")).answer();

      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.headers())
          .containsEntry("upgrade", "websocket")
          .containsEntry("connection", "upgrade")
          .containsEntry("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
          .doesNotContainKeys(
              "content-length",
              "content-type",
              "transfer-encoding",
              "sec-websocket-protocol",
              "sec-websocket-extensions");
      assertThat(text(raw.frame(FIN_TEXT))).isEqualTo("first");
    }
  }

  @Test
  void cutsALongLineBetweenCharacters() throws Exception {
    String line = "x" + "\u20ac".repeat(40_000);
    BodyWriter writer = sink -> sink.write(WebSocketTest.bytes(line + "\n"));
    try (var running = RunningGateway.start(WebSocketTest.streaming(writer));
        var raw = running.raw()) {
      raw.send(handshake("")).answer();

      var received = new StringBuilder(text(raw.frame(TEXT)));
      RawConnection.Frame next = raw.frame();
      for (; next.start() == CONTINUATION; next = raw.frame()) {
        received.append(text(next.payload()));
      }
      assertThat(next.start()).isEqualTo(FIN_CONTINUATION);
      assertThat(received + text(next.payload())).isEqualTo(line);
      assertThat(closeStatus(raw)).isEqualTo("close 1000");
    }
  }

  @Test
  void endsTheConnectionWhenTheClientHasAnsweredTheClose() throws Exception {
    try (var running = RunningGateway.start(WebSocketTest.streaming(_ -> {}));
        var raw = running.raw()) {
      raw.send(handshake("")).answer();
      assertThat(closeStatus(raw)).isEqualTo("close 1000");

      raw.send(frame(FIN_CLOSE, 0));

      assertThat(raw.ended()).isTrue();
    }
  }

  @Test
  void endsTheConnectionWhenTheClientDoesNotAnswerTheClose() throws Exception {
    try (var running = RunningGateway.start(WebSocketTest.streaming(_ -> {}));
        var raw = running.raw()) {
      raw.send(handshake("")).answer();
      assertThat(closeStatus(raw)).isEqualTo("close 1000");

      assertThat(raw.ended()).isTrue();
    }
  }

  @Test
  void takesFramesOfUpTo64KibibytesAndNoLarger() throws Exception {
    var closed = new CountDownLatch(1);
    try (var running = watching(closed);
        var raw = running.raw()) {
      raw.send(handshake("")).answer();
      raw.frame(FIN_TEXT);

      raw.send(frame(FIN_BINARY, 65_536)).send(frame(FIN_PING, 3));
      assertThat(raw.frame(FIN_PONG)).hasSize(3);
      raw.send(frame(FIN_BINARY, 65_537));

      assertThat(closeStatus(raw)).isEqualTo("close 1009");
      awaitUninterruptibly(closed);
      assertThat(raw.ended()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x83, 0xC1, FIN_CONTINUATION, 0x09})
  void closesOnAViolationOfTheProtocol(int start) throws Exception {
    var closed = new CountDownLatch(1);
    try (var running = watching(closed);
        var raw = running.raw()) {
      raw.send(handshake("")).answer();
      raw.frame(FIN_TEXT);

      raw.send(frame(start, 3));

      assertThat(closeStatus(raw)).isEqualTo("close 1002");
      awaitUninterruptibly(closed);
    }
  }

  @Test
  void refusesFramesThatAreNotMasked() throws Exception {
    var closed = new CountDownLatch(1);
    try (var running = watching(closed);
        var raw = running.raw()) {
      raw.send(handshake("")).answer();
      raw.frame(FIN_TEXT);

      raw.send(new byte[] {(byte) FIN_TEXT, 1, 'x'});

      assertThat(closeStatus(raw)).isEqualTo("close 1002");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"8", "0", "14", ""})
  void saysWhichVersionItSpeaks(String version) throws Exception {
    try (var running = RunningGateway.start(WebSocketTest.streaming(_ -> {}));
        var raw = running.raw()) {
      var answer = raw.send(handshake("dGhlIHNhbXBsZSBub25jZQ==", version, "")).answer();

      assertThat(answer.status()).isEqualTo(426);
      assertThat(answer.headers())
          .containsEntry("sec-websocket-version", "13")
          .containsEntry("upgrade", "websocket");
      assertThat(answer.body()).contains("UpgradeRequired");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "c2hvcnQ=", "not base64 at all!!!!!!!"})
  void refusesABrokenKey(String key) throws Exception {
    try (var running = RunningGateway.start(WebSocketTest.streaming(_ -> {}));
        var raw = running.raw()) {
      var answer = raw.send(handshake(key, "13", "")).answer();

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("Sec-WebSocket-Key must be 16 bytes in base64");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          https://here:6443                                    | 101
          https://HERE:6443                                    | 101
          https://evil.example.com                             | 403
          https://here:6443.evil.example.com                   | 403
          null                                                 | 403
          """)
  void keepsOtherSitesPagesOut(String origin, int status) throws Exception {
    try (var running = RunningGateway.start(WebSocketTest.streaming(_ -> {}));
        var raw = running.raw()) {
      assertThat(raw.send(handshake("Origin: " + origin + "\r\n")).answer().status())
          .isEqualTo(status);
    }
  }

  @Test
  void letsAnyOriginInThatBringsACredentialOfItsOwn() throws Exception {
    try (var running = RunningGateway.start(WebSocketTest.streaming(_ -> {}));
        var raw = running.raw()) {
      String fields = "Origin: http://localhost\r\nAuthorization: Bearer x\r\n";
      assertThat(raw.send(handshake(fields)).answer().status()).isEqualTo(101);
    }
  }

  @Test
  void streamsAsEverToAClientThatAsksForAnotherProtocol() throws Exception {
    BodyWriter writer = sink -> sink.write(WebSocketTest.bytes("line\n"));
    try (var running = RunningGateway.start(WebSocketTest.streaming(writer));
        var raw = running.raw()) {
      var answer =
          raw.send("GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
              .answer();

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("line\n");
    }
  }

  @Test
  void holdsTheWriterBackAndGivesUpOnAClientThatReadsNothing() throws Exception {
    var patience = RunningGateway.PATIENCE;
    var impatient =
        new GatewayTimeouts(
            patience, patience, patience, patience, Duration.ofMillis(300), Duration.ofSeconds(1));
    long total = 256L << 20;
    var written = new AtomicLong();
    var gaveUp = new AtomicBoolean();
    BodyWriter writer =
        sink -> {
          byte[] line = WebSocketTest.bytes("x".repeat(9_999) + "\n");
          try {
            while (written.get() < total) {
              sink.write(line);
              written.addAndGet(line.length);
            }
          } catch (IOException e) {
            gaveUp.set(true);
            throw e;
          }
        };
    try (var running =
            RunningGateway.start(
                GatewayLimits.DEFAULT, impatient, WebSocketTest.streaming(writer));
        var raw = running.raw()) {
      raw.send(handshake("")).answer();

      eventually("the gateway gives up", gaveUp::get);
      assertThat(written.get()).isLessThan(total / 4);
    }
  }

  @Test
  void boundsThePongsOfAClientThatReadsNothing() throws Exception {
    var closed = new CountDownLatch(1);
    try (var running = watching(closed)) {
      flood(running);

      awaitUninterruptibly(closed);
      running.stop();
      assertThat(running.gateway.memory().buffersInUse()).isZero();
    }
  }

  /// 20 MB of pings, whose pongs nobody reads.
  private static void flood(RunningGateway running) throws IOException {
    var pings = new ByteArrayOutputStream();
    for (int i = 0; i < 8_000; i++) {
      pings.writeBytes(frame(FIN_PING, 125));
    }
    try (var raw = running.raw()) {
      raw.send(handshake("")).answer();
      raw.frame(FIN_TEXT);
      for (int i = 0; i < 20; i++) {
        raw.send(pings.toByteArray());
      }
    }
  }

  @Test
  void answersPingsBetweenTheFragmentsOfALine() throws Exception {
    var pinged = new CountDownLatch(1);
    BodyWriter writer =
        sink -> {
          sink.write(new byte[70_000]);
          sink.flush();
          awaitUninterruptibly(pinged);
          sink.write(new byte[70_000]);
        };
    try (var running = RunningGateway.start(WebSocketTest.streaming(writer));
        var raw = running.raw()) {
      raw.send(handshake("")).answer();
      int length = raw.frame(TEXT).length;
      raw.send(frame(FIN_PING, 1));
      assertThat(raw.frame(FIN_PONG)).hasSize(1);
      pinged.countDown();

      RawConnection.Frame next = raw.frame();
      for (; next.start() == CONTINUATION; next = raw.frame()) {
        length += next.payload().length;
      }
      assertThat(next.start()).isEqualTo(FIN_CONTINUATION);
      length += next.payload().length;
      assertThat(length).isEqualTo(140_000);
    }
  }
}
