package io.croft.gateway;

import static io.croft.gateway.RawHttp2.ACK;
import static io.croft.gateway.RawHttp2.CONTINUATION;
import static io.croft.gateway.RawHttp2.DATA;
import static io.croft.gateway.RawHttp2.END_HEADERS;
import static io.croft.gateway.RawHttp2.END_STREAM;
import static io.croft.gateway.RawHttp2.GOAWAY;
import static io.croft.gateway.RawHttp2.HEADERS;
import static io.croft.gateway.RawHttp2.PADDED;
import static io.croft.gateway.RawHttp2.PING;
import static io.croft.gateway.RawHttp2.PRIORITY;
import static io.croft.gateway.RawHttp2.PUSH_PROMISE;
import static io.croft.gateway.RawHttp2.RST_STREAM;
import static io.croft.gateway.RawHttp2.SETTINGS;
import static io.croft.gateway.RawHttp2.WINDOW_UPDATE;
import static io.croft.gateway.RawHttp2.WITH_PRIORITY;
import static io.croft.gateway.RawHttp2.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// HTTP/2 octet by octet: what RFC 9113 says must become of each wrong frame.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Http2FrameTest {
  private static final int WINDOW = 65_535;

  private final CountDownLatch over = new CountDownLatch(1);

  private final RunningGateway running =
      RunningGateway.start(request -> {
        if (request.path().equals("/held")) {
          GatewayExchangeTest.awaitUninterruptibly(over);
        }
        return request.path().equals("/echo")
            ? GatewayExchangeTest.echo(request)
            : GatewayExchangeTest.text(request.path());
      });

  @AfterAll
  void stop() {
    over.countDown();
    running.close();
  }

  /// Sends frames.
  @FunctionalInterface
  interface Sender {
    void send(RawHttp2 to) throws IOException;
  }

  /// @param section of RFC 9113
  /// @param outcome of stream 1, or of the connection; several where the RFC leaves a choice
  record Case(String section, String name, List<String> outcome, Sender sender) {
    @Override
    public String toString() {
      return section + " " + name;
    }
  }

  private static Case fails(String section, String name, String error, Sender sender) {
    return new Case(section, name, List.of("goaway " + error), sender);
  }

  private static Case resets(String section, String name, String error, Sender sender) {
    // "an endpoint MAY choose to treat a stream error as a connection error" (section 5.4.2)
    return new Case(section, name, List.of("reset " + error, "goaway " + error), sender);
  }

  private static Case passes(String section, String name, Sender sender) {
    return new Case(section, name, List.of("200"), sender);
  }

  private static void get(RawHttp2 to) throws IOException {
    to.headers(1, request("GET", "/"), true);
  }

  private static byte[] setting(int id, long value) {
    return new byte[] {
      (byte) (id >> 8),
      (byte) id,
      (byte) (value >> 24),
      (byte) (value >> 16),
      (byte) (value >> 8),
      (byte) value
    };
  }

  private static byte[] join(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] octets(int... values) {
    var bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  static Stream<Case> cases() {
    return Stream.of(frames(), streams(), settings(), control(), headers(), bodies())
        .flatMap(List::stream);
  }

  private static List<Case> frames() {
    return List.of(
        passes("4.1", "ignores an unknown type", to -> get(to.frame(0x6f, 0xff, 0, 1, 2, 3))),
        passes("4.1", "ignores unknown flags", to -> get(to.frame(PING, 0xfe, 0, new byte[8]))),
        passes(
            "4.1",
            "ignores the reserved bit",
            to -> to.frame(HEADERS, END_HEADERS | END_STREAM, 0x80000001, request("GET", "/"))),
        fails(
            "4.2",
            "frame too large",
            "FRAME_SIZE_ERROR",
            to -> to.headers(1, request("POST", "/echo"), false).data(1, new byte[16_385], true)),
        fails(
            "4.2",
            "header frame too large",
            "FRAME_SIZE_ERROR",
            to -> to.frame(HEADERS, END_HEADERS, 1, new byte[16_385])),
        fails(
            "4.3",
            "index that is not in the table",
            "COMPRESSION_ERROR",
            to -> to.headers(1, octets(0xff, 0xff, 0xff, 0x7f), true)),
        fails("4.3", "index zero", "COMPRESSION_ERROR", to -> to.headers(1, octets(0x80), true)),
        fails(
            "4.3",
            "table larger than allowed",
            "COMPRESSION_ERROR",
            to -> to.headers(1, join(octets(0x3f, 0xe1, 0xff, 0x7f), request("GET", "/")), true)),
        fails(
            "4.3",
            "string cut short",
            "COMPRESSION_ERROR",
            to -> to.headers(1, octets(0, 5, 'a'), true)),
        fails(
            "4.3",
            "Huffman code with a wrong end",
            "COMPRESSION_ERROR",
            to -> to.headers(1, octets(0, 0x81, 0x00, 1, 'a'), true)),
        fails(
            "6.5",
            "first frame is no SETTINGS",
            "PROTOCOL_ERROR",
            to -> to.frame(PUSH_PROMISE, END_HEADERS, 1, 0, 0, 0, 2)));
  }

  private static List<Case> streams() {
    return List.of(
        fails(
            "5.1", "data on an idle stream", "PROTOCOL_ERROR", to -> to.data(1, new byte[1], true)),
        fails(
            "5.1",
            "reset of an idle stream",
            "PROTOCOL_ERROR",
            to -> to.frame(RST_STREAM, 0, 1, 0, 0, 0, 8)),
        fails(
            "5.1",
            "window of an idle stream",
            "PROTOCOL_ERROR",
            to -> to.frame(WINDOW_UPDATE, 0, 1, 0, 0, 0, 8)),
        fails(
            "5.1",
            "continuation of an idle stream",
            "PROTOCOL_ERROR",
            to -> to.frame(CONTINUATION, END_HEADERS, 1, request("GET", "/"))),
        resets(
            "5.1",
            "data after the end",
            "STREAM_CLOSED",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .data(1, new byte[1], true)
                    .data(1, new byte[1], true)),
        resets(
            "5.1",
            "header after the end",
            "STREAM_CLOSED",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .data(1, new byte[1], true)
                    .headers(1, request("POST", "/echo"), true)),
        fails(
            "5.1.1",
            "even stream",
            "PROTOCOL_ERROR",
            to -> to.headers(2, request("GET", "/"), true)),
        new Case(
            "5.1.1",
            "stream number that goes back",
            List.of("goaway PROTOCOL_ERROR", "reset STREAM_CLOSED"),
            to -> to.headers(5, request("GET", "/"), true).headers(1, request("GET", "/"), true)),
        fails(
            "5.1.1",
            "stream zero",
            "PROTOCOL_ERROR",
            to -> to.headers(0, request("GET", "/"), true)),
        passes(
            "5.3",
            "ignores priorities of what is to come",
            to -> get(to.frame(PRIORITY, 0, 7, 0, 0, 0, 0, 1))));
  }

  private static List<Case> settings() {
    return List.of(
        passes(
            "6.5.2",
            "ignores an unknown setting",
            to -> get(to.frame(SETTINGS, 0, 0, setting(0xff, 1)))),
        fails(
            "6.5", "on a stream", "PROTOCOL_ERROR", to -> to.frame(SETTINGS, 0, 1, setting(3, 1))),
        fails("6.5", "odd length", "FRAME_SIZE_ERROR", to -> to.frame(SETTINGS, 0, 0, 1, 2, 3)),
        fails(
            "6.5",
            "acknowledgement with content",
            "FRAME_SIZE_ERROR",
            to -> to.frame(SETTINGS, ACK, 0, setting(3, 1))),
        fails(
            "6.5.2",
            "push neither on nor off",
            "PROTOCOL_ERROR",
            to -> to.frame(SETTINGS, 0, 0, setting(2, 2))),
        fails(
            "6.5.2",
            "window too large",
            "FLOW_CONTROL_ERROR",
            to -> to.frame(SETTINGS, 0, 0, setting(4, 1L << 31))),
        fails(
            "6.5.2",
            "frames too small",
            "PROTOCOL_ERROR",
            to -> to.frame(SETTINGS, 0, 0, setting(5, 16_383))),
        fails(
            "6.5.2",
            "frames too large",
            "PROTOCOL_ERROR",
            to -> to.frame(SETTINGS, 0, 0, setting(5, 1 << 24))),
        passes("6.5.2", "no table", to -> get(to.frame(SETTINGS, 0, 0, setting(1, 0)))));
  }

  private static List<Case> control() {
    return List.of(
        fails(
            "6.3",
            "priority on the connection",
            "PROTOCOL_ERROR",
            to -> to.frame(PRIORITY, 0, 0, 0, 0, 0, 1, 1)),
        resets(
            "6.3",
            "priority of a wrong length",
            "FRAME_SIZE_ERROR",
            to -> to.headers(1, request("POST", "/echo"), false).frame(PRIORITY, 0, 1, 0, 0, 0, 3)),
        fails(
            "6.4",
            "reset of the connection",
            "PROTOCOL_ERROR",
            to -> to.frame(RST_STREAM, 0, 0, 0, 0, 0, 8)),
        fails(
            "6.4",
            "reset of a wrong length",
            "FRAME_SIZE_ERROR",
            to -> to.headers(1, request("POST", "/echo"), false).frame(RST_STREAM, 0, 1, 0, 0, 8)),
        fails(
            "6.6",
            "push from a client",
            "PROTOCOL_ERROR",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .frame(
                        PUSH_PROMISE,
                        END_HEADERS,
                        1,
                        join(octets(0, 0, 0, 2), request("GET", "/")))),
        fails("6.7", "ping on a stream", "PROTOCOL_ERROR", to -> to.frame(PING, 0, 1, new byte[8])),
        fails(
            "6.7",
            "ping of a wrong length",
            "FRAME_SIZE_ERROR",
            to -> to.frame(PING, 0, 0, new byte[7])),
        fails(
            "6.8",
            "goodbye on a stream",
            "PROTOCOL_ERROR",
            to -> to.frame(GOAWAY, 0, 1, new byte[8])),
        fails(
            "6.9",
            "connection's window by zero",
            "PROTOCOL_ERROR",
            to -> to.frame(WINDOW_UPDATE, 0, 0, 0, 0, 0, 0)),
        resets(
            "6.9",
            "stream's window by zero",
            "PROTOCOL_ERROR",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .frame(WINDOW_UPDATE, 0, 1, 0, 0, 0, 0)),
        fails(
            "6.9",
            "window of a wrong length",
            "FRAME_SIZE_ERROR",
            to -> to.frame(WINDOW_UPDATE, 0, 0, 0, 0, 1)),
        fails(
            "6.9.1",
            "connection's window over the top",
            "FLOW_CONTROL_ERROR",
            to -> to.frame(WINDOW_UPDATE, 0, 0, 0x7f, 0xff, 0xff, 0xff)),
        resets(
            "6.9.1",
            "stream's window over the top",
            "FLOW_CONTROL_ERROR",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .frame(WINDOW_UPDATE, 0, 1, 0x7f, 0xff, 0xff, 0xff)));
  }

  private static List<Case> headers() {
    return List.of(
        passes(
            "6.2",
            "in pieces",
            to -> {
              byte[] block = request("GET", "/");
              to.frame(HEADERS, END_STREAM, 1, java.util.Arrays.copyOf(block, 7));
              to.frame(CONTINUATION, 0, 1, java.util.Arrays.copyOfRange(block, 7, 9));
              to.frame(
                  CONTINUATION,
                  END_HEADERS,
                  1,
                  java.util.Arrays.copyOfRange(block, 9, block.length));
            }),
        passes(
            "6.2",
            "padded, with a priority",
            to ->
                to.frame(
                    HEADERS,
                    END_HEADERS | END_STREAM | PADDED | WITH_PRIORITY,
                    1,
                    join(octets(3, 0, 0, 0, 0, 9), request("GET", "/"), new byte[3]))),
        fails(
            "6.2",
            "padding longer than the frame",
            "PROTOCOL_ERROR",
            to -> to.frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, octets(200, 0, 0))),
        fails(
            "6.10",
            "another frame in between",
            "PROTOCOL_ERROR",
            to ->
                to.frame(HEADERS, END_STREAM, 1, request("GET", "/"))
                    .frame(PING, 0, 0, new byte[8])),
        fails(
            "6.10",
            "continued on another stream",
            "PROTOCOL_ERROR",
            to ->
                to.frame(HEADERS, END_STREAM, 1, request("GET", "/"))
                    .frame(CONTINUATION, END_HEADERS, 3, request("GET", "/"))),
        fails(
            "6.10",
            "continued after the end",
            "PROTOCOL_ERROR",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .frame(CONTINUATION, END_HEADERS, 1, request("GET", "/"))),
        passes(
            "8.1",
            "trailers",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .data(1, new byte[3], false)
                    .headers(1, RawHttp2.block("x-trailer", "a"), true)),
        resets(
            "8.1",
            "trailers that end nothing",
            "PROTOCOL_ERROR",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .headers(1, RawHttp2.block("x-trailer", "a"), false)),
        resets(
            "8.1",
            "a pseudo-header field in trailers",
            "PROTOCOL_ERROR",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .headers(1, RawHttp2.block(":path", "/a"), true)));
  }

  private static List<Case> bodies() {
    return List.of(
        passes(
            "6.1",
            "padded",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .frame(DATA, END_STREAM | PADDED, 1, octets(2, 'a', 0, 0))),
        passes(
            "6.1",
            "empty",
            to -> to.headers(1, request("POST", "/echo"), false).data(1, new byte[0], true)),
        fails(
            "6.1",
            "on the connection",
            "PROTOCOL_ERROR",
            to -> to.headers(1, request("POST", "/echo"), false).data(0, new byte[1], true)),
        fails(
            "6.1",
            "padding longer than the frame",
            "PROTOCOL_ERROR",
            to ->
                to.headers(1, request("POST", "/echo"), false)
                    .frame(DATA, END_STREAM | PADDED, 1, octets(9, 'a'))),
        resets(
            "6.9",
            "more than the window",
            "FLOW_CONTROL_ERROR",
            to -> {
              to.headers(1, request("POST", "/held"), false);
              for (int sent = 0; sent <= 8 * WINDOW; sent += 16_384) {
                to.data(1, new byte[16_384], false);
              }
            }));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void doesAsTheStandardSays(Case wrong) throws IOException {
    String outcome;
    try (var raw = new RawHttp2(running.port())) {
      wrong.sender().send(raw);
      outcome = raw.outcome(1);
    }

    assertThat(outcome).isIn(wrong.outcome());
    assertStillServes();
  }

  private void assertStillServes() throws IOException {
    try (var raw = new RawHttp2(running.port())) {
      get(raw);
      assertThat(raw.outcome(1)).isEqualTo("200");
    }
  }

  @Test
  void answersPingsWithWhatTheyHeld() throws IOException {
    try (var raw = new RawHttp2(running.port())) {
      raw.frame(PING, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8);

      RawHttp2.Frame frame = raw.read();
      while (frame.type() != PING) {
        frame = raw.read();
      }
      assertThat(frame.flags()).isEqualTo(ACK);
      assertThat(frame.payload()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }
  }

  @Test
  void acknowledgesSettings() throws IOException {
    try (var raw = new RawHttp2(running.port())) {
      RawHttp2.Frame frame = raw.read();
      assertThat(frame.type()).isEqualTo(SETTINGS);
      while (frame.type() != SETTINGS || frame.flags() != ACK) {
        frame = raw.read();
      }
      assertThat(frame.payload()).isEmpty();
    }
  }

  @Test
  void endsAConnectionWithoutItsPreface() throws IOException {
    try (var raw = new RawHttp2(running.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")) {
      assertThat(raw.outcome(1)).isIn("goaway PROTOCOL_ERROR", "closed");
    }
  }

  @Test
  void refusesStreamsBeyondTheLimit() throws IOException {
    var two = new GatewayLimits(8_000, 8_000, 10, 2, 10, 10);
    try (var own = RunningGateway.start(two, RunningGateway.TIMEOUTS, GatewayExchangeTest::echo);
        var raw = new RawHttp2(own.port())) {
      for (int stream : new int[] {1, 3, 5}) {
        raw.headers(stream, request("POST", "/"), false);
      }

      assertThat(raw.outcome(5)).isEqualTo("reset REFUSED_STREAM");
    }
  }
}
