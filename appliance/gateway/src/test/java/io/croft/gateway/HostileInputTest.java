package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// Mutations of the corpus over both protocols, a few thousand or as many as `-Dcroft.fuzz` says,
/// from a seed that is printed (`-Dcroft.fuzz.seed`). Nothing may reach a service that is not for
/// it, nothing may hang, leak or stop the gateway. TLS is left out, which would take nearly all of
/// the time and keep the mutations from nothing.
final class HostileInputTest {
  private static final int INPUTS = Integer.getInteger("croft.fuzz", 3_000);
  private static final int WORKERS = 16;
  private static final int BATCH = 50;
  private static final int QUIET_MILLIS = 40;

  private static final List<SmugglingCase> HTTP_1 = SmugglingTest.http1();
  private static final List<SmugglingCase> HTTP_2 = SmugglingTest.http2();
  private static final byte[] SENTINEL =
      "GET /sentinel HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PREFACE =
      join(
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
          RawHttp2.bytes(RawHttp2.SETTINGS, 0, 0, new byte[0], 0));

  /// What a mutation likes to put somewhere.
  private static final List<String> FRAGMENTS =
      List.of(
          "|",
          "\\r",
          "\\n",
          "\\0",
          " ",
          "\\t",
          ":",
          "|| ",
          "||GET /up/two HTTP/1.1|Host: a||",
          "Content-Length: 3|",
          "Transfer-Encoding: chunked|",
          "0||",
          "||0||",
          ";",
          ",",
          "\\xff",
          "%2e%2e/",
          "%00",
          "/../",
          "//",
          "X-Remote-User: root|",
          "Connection: close|",
          "HTTP/1.0",
          "Expect: 100-continue|",
          "Upgrade: websocket|Connection: upgrade|",
          "Host: b|");

  private final ConcurrentLinkedQueue<String> findings = new ConcurrentLinkedQueue<>();

  /// What Netty's leak detector says.
  private final ListAppender<ILoggingEvent> leaks = new ListAppender<>();

  private final Logger detector = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
  private final ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();

  @BeforeEach
  void watchForLeaks() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    leaks.start();
    detector.addAppender(leaks);
  }

  @AfterEach
  void watchNoMore() {
    detector.detachAppender(leaks);
    ResourceLeakDetector.setLevel(before);
  }

  private static void lose() {
    assertThat(new Memory(1).allocator().buffer(16).refCnt()).isOne();
  }

  @Test
  void wouldNoticeALeak() {
    lose();

    Eventually.eventually(
        "the leak is reported",
        () -> {
          collect();
          return !leaks.list.isEmpty();
        });
  }

  @Test
  void survivesMutationsOfTheCorpus() throws Exception {
    long seed = Long.getLong("croft.fuzz.seed", System.nanoTime());
    System.out.println("croft.fuzz.seed=" + seed);
    try (var upstream = new RecordingUpstream();
        var routed = new RoutedGateway();
        var gateway = new PlainGateway(routed.chain);
        var workers = Executors.newFixedThreadPool(WORKERS)) {
      routed.with("/up", RoutedGateway.route(RoutedGateway.ANYBODY, upstream.endpoint()));
      var random = new Random(seed);
      var batches = new ArrayList<Future<?>>();
      for (int done = 0; done < INPUTS; done += BATCH) {
        long next = random.nextLong();
        batches.add(workers.submit(() -> batch(gateway, new Random(next))));
        if (batches.size() == 4 * WORKERS) {
          batches.removeFirst().get();
          judge(upstream, routed);
          if (done % 10_000 == 0) {
            System.out.println(done + " inputs, " + findings.size() + " findings");
          }
        }
      }
      for (Future<?> batch : batches) {
        batch.get();
      }
      judge(upstream, routed);
      try (var raw = routed.running.raw()) {
        raw.send("GET /up HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(raw.answer().status()).isEqualTo(200);
      }
    }
    collect();
    assertThat(findings).isEmpty();
    assertThat(leaks.list).isEmpty();
  }

  /// The detector reports what the garbage collector has found unreachable, with the next buffers.
  private static void collect() {
    for (int i = 0; i < 5; i++) {
      System.gc();
      for (int j = 0; j < 200; j++) {
        PooledByteBufAllocator.DEFAULT.buffer(16).release();
      }
    }
  }

  /// Whatever came through must be a request for the service, and vouch for nobody but its sender.
  private void judge(RecordingUpstream upstream, RoutedGateway routed) {
    for (String problem : upstream.problems) {
      found("not HTTP: " + problem);
    }
    upstream.problems.clear();
    for (RecordingUpstream.Asked asked : upstream.asked) {
      List<String> users = asked.all("x-remote-user");
      if (users.size() != 1
          || !List.of("system:anonymous", "alice").contains(users.getFirst())
          || asked.fields().stream()
              .anyMatch(f -> f.matches("(x_remote_|impersonate[-_]|x-remote_).*"))
          || asked.all("host").size() != 1
          || !asked
              .target()
              .replaceAll(";[^/?]*", "")
              .replaceAll("(%2[fF]|/)+", "/")
              .matches("(?s)/(u|%75)(p|%70).*")) {
        found("not for the service: " + asked);
      }
    }
    upstream.asked.clear();
    routed.events.clear();
  }

  private void batch(PlainGateway gateway, Random random) {
    for (int i = 0; i < BATCH; i++) {
      byte[] input;
      int port;
      if (i % 2 == 0) {
        port = gateway.http1();
        byte[] sane = HTTP_1.get(random.nextInt(HTTP_1.size())).bytes();
        input = join(mutate(sane, random), SENTINEL);
      } else {
        port = gateway.http2();
        byte[] sane = frames(HTTP_2.get(random.nextInt(HTTP_2.size())));
        input = join(PREFACE, mutate(sane, random));
      }
      try {
        send(port, input);
      } catch (SocketTimeoutException e) {
        found("hangs: " + HexFormat.of().formatHex(input));
      } catch (IOException e) {
        // reset before all was sent
      }
    }
  }

  private void found(String what) {
    System.out.println("found: " + what);
    findings.add(what);
  }

  private static byte[] join(byte[] first, byte[] second) {
    return replace(first, first.length, first.length, second);
  }

  private static void send(int port, byte[] input) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(QUIET_MILLIS);
      InputStream in = socket.getInputStream();
      var buffer = new byte[8_192];
      try {
        socket.getOutputStream().write(input);
        while (in.read(buffer) >= 0) {}
      } catch (SocketTimeoutException e) {
        socket.shutdownOutput(); // it waits for more: there is none
        socket.setSoTimeout((int) RunningGateway.PATIENCE.toMillis());
        while (in.read(buffer) >= 0) {}
      }
    }
  }

  private static byte[] frames(SmugglingCase from) {
    String[] parts = from.text().split(" >> ", 2);
    byte[] block = RawHttp2.block(SmugglingTest.fields(parts[0]));
    var bytes = new ByteArrayOutputStream();
    int flags = RawHttp2.END_HEADERS | (parts.length == 1 ? RawHttp2.END_STREAM : 0);
    bytes.writeBytes(RawHttp2.bytes(RawHttp2.HEADERS, flags, 1, block, block.length));
    if (parts.length == 2) {
      byte[] body = parts[1].getBytes(StandardCharsets.ISO_8859_1);
      bytes.writeBytes(RawHttp2.bytes(RawHttp2.DATA, RawHttp2.END_STREAM, 1, body, body.length));
    }
    return bytes.toByteArray();
  }

  private static byte[] mutate(byte[] input, Random random) {
    byte[] bytes = input;
    for (int i = random.nextInt(4); i >= 0; i--) {
      bytes = mutateOnce(bytes, random);
    }
    return bytes;
  }

  private static byte[] mutateOnce(byte[] bytes, Random random) {
    if (bytes.length == 0) {
      return bytes;
    }
    int at = random.nextInt(bytes.length);
    int to = Math.min(bytes.length, at + 1 + random.nextInt(8));
    return switch (random.nextInt(6)) {
      case 0 -> { // flip a bit
        byte[] changed = bytes.clone();
        changed[at] ^= (byte) (1 << random.nextInt(8));
        yield changed;
      }
      case 1 -> replace(bytes, at, to, new byte[0]);
      case 2 -> replace(bytes, at, at, java.util.Arrays.copyOfRange(bytes, at, to));
      case 3 -> replace(bytes, at, at, new byte[] {(byte) random.nextInt(256)});
      case 4 -> replace(bytes, at, to, fragment(random));
      default -> replace(bytes, at, at, fragment(random));
    };
  }

  private static byte[] fragment(Random random) {
    return SmugglingCase.unescape(FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
  }

  private static byte[] replace(byte[] bytes, int from, int to, byte[] with) {
    var changed = new ByteArrayOutputStream(bytes.length + with.length);
    changed.write(bytes, 0, from);
    changed.writeBytes(with);
    changed.write(bytes, to, bytes.length - to);
    return changed.toByteArray();
  }
}
