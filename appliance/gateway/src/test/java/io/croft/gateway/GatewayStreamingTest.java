package io.croft.gateway;

import static io.croft.gateway.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpResponse.BodyWriter;
import io.croft.base.http.HttpResponse.Streaming;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient.Version;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Bodies that are produced while they are sent.
final class GatewayStreamingTest {
  private static Streaming streaming(BodyWriter writer) {
    return new Streaming(200, Headers.of("content-type", "text/plain"), writer);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @EnumSource
  void sendsWhatIsFlushedAtOnce(Version version) throws Exception {
    var events = new SynchronousQueue<String>();
    BodyWriter writer =
        sink -> {
          for (String event = take(events); !event.isEmpty(); event = take(events)) {
            sink.write(bytes(event + "\n"));
            sink.flush();
          }
        };
    try (var running = RunningGateway.start(_ -> streaming(writer))) {
      var response =
          running
              .client(version)
              .send(running.request("/?watch=1").build(), BodyHandlers.ofInputStream());

      try (var lines = reader(response.body())) {
        for (String event : new String[] {"one", "two", "three"}) {
          offer(events, event);
          assertThat(lines.readLine()).isEqualTo(event);
        }
        offer(events, "");
        assertThat(lines.readLine()).isNull();
      }
    }
  }

  private static BufferedReader reader(InputStream body) {
    return new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
  }

  private static String take(SynchronousQueue<String> queue) {
    try {
      String taken = queue.poll(RunningGateway.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return taken == null ? "" : taken;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void offer(SynchronousQueue<String> queue, String event)
      throws InterruptedException {
    assertThat(queue.offer(event, RunningGateway.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void keepsTheOrderAndSizeOfManyWrites(Version version) throws Exception {
    BodyWriter writer =
        sink -> {
          for (int i = 0; i < 2_000; i++) {
            sink.write(new byte[i]);
          }
        };
    try (var running = RunningGateway.start(_ -> streaming(writer))) {
      var client = running.client(version);
      for (int i = 0; i < 2; i++) {
        var response = client.send(running.request("/").build(), BodyHandlers.ofByteArray());
        assertThat(response.body()).hasSize(1_999 * 2_000 / 2);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void holdsTheWriterBackWhileNobodyReads(Version version) throws Exception {
    long total = 64L << 20;
    var written = new AtomicLong();
    BodyWriter writer =
        sink -> {
          byte[] piece = new byte[10_000];
          while (written.get() < total) {
            sink.write(piece);
            written.addAndGet(piece.length);
          }
        };
    try (var running = RunningGateway.start(_ -> streaming(writer))) {
      var response =
          running.client(version).send(running.request("/").build(), BodyHandlers.ofInputStream());
      long held = stableValue(written);

      assertThat(held).isLessThan(total / 2);
      try (InputStream body = response.body()) {
        assertThat(body.transferTo(java.io.OutputStream.nullOutputStream()))
            .isEqualTo(written.get());
      }
    }
  }

  /// Waits until the value has not changed for some time.
  private static long stableValue(AtomicLong value) {
    var last = new AtomicLong(-1);
    var since = new AtomicLong();
    eventually(
        "the writer is held back",
        () -> {
          if (last.getAndSet(value.get()) != value.get()) {
            since.set(System.nanoTime());
          }
          return value.get() > 0
              && System.nanoTime() - since.get() > Duration.ofMillis(500).toNanos();
        });
    return last.get();
  }

  @ParameterizedTest
  @EnumSource
  void cutsTheBodyOfAWriterThatFails(Version version) throws Exception {
    BodyWriter writer =
        sink -> {
          sink.write(bytes("half"));
          sink.flush();
          throw new IOException("the rest is lost");
        };
    try (var running = RunningGateway.start(_ -> streaming(writer))) {
      var client = running.client(version);

      assertThatThrownBy(() -> RunningGateway.get(client, running.request("/")))
          .isInstanceOf(IOException.class)
          .hasMessageNotContaining("timed out");
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsTheWriterThatTheReceiverIsGone(Version version) throws Exception {
    var closed = new CountDownLatch(1);
    var failed = new AtomicReference<IOException>();
    BodyWriter writer =
        sink -> {
          sink.onClose(closed::countDown);
          sink.write(bytes("first\n"));
          sink.flush();
          GatewayExchangeTest.awaitUninterruptibly(closed);
          try {
            sink.write(bytes("second\n"));
            sink.flush();
            sink.write(bytes("third\n"));
            sink.flush();
          } catch (IOException e) {
            failed.set(e);
            throw e;
          }
        };
    try (var running = RunningGateway.start(_ -> streaming(writer))) {
      var client = running.client(version);
      var response =
          client.send(running.request("/?watch=1").build(), BodyHandlers.ofInputStream());
      assertThat(response.body().read()).isEqualTo('f');
      response.body().close();

      eventually("the writer fails", () -> failed.get() != null);
    }
  }

  @ParameterizedTest
  @EnumSource
  void endsAStreamInGoodOrderWhenTheGatewayDrains(Version version) throws Exception {
    BodyWriter writer =
        sink -> {
          var closed = new CountDownLatch(1);
          sink.onClose(closed::countDown);
          sink.write(bytes("first\n"));
          sink.flush();
          GatewayExchangeTest.awaitUninterruptibly(closed);
          sink.write(bytes("last\n"));
        };
    try (var running = RunningGateway.start(_ -> streaming(writer))) {
      var response =
          running
              .client(version)
              .send(running.request("/?watch=1").build(), BodyHandlers.ofInputStream());
      try (var lines = reader(response.body())) {
        assertThat(lines.readLine()).isEqualTo("first");

        running.gateway.stop();

        assertThat(lines.readLine()).isEqualTo("last");
        assertThat(lines.readLine()).isNull();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void givesUpOnAReceiverThatReadsNothing(Version version) throws Exception {
    var impatient =
        new GatewayTimeouts(
            RunningGateway.PATIENCE,
            RunningGateway.PATIENCE,
            RunningGateway.PATIENCE,
            RunningGateway.PATIENCE,
            Duration.ofMillis(200),
            Duration.ofSeconds(1));
    var gaveUp = new AtomicBoolean();
    BodyWriter writer =
        sink -> {
          try {
            while (true) {
              sink.write(new byte[10_000]);
            }
          } catch (IOException e) {
            gaveUp.set(true);
            throw e;
          }
        };
    try (var running =
        RunningGateway.start(GatewayLimits.DEFAULT, impatient, _ -> streaming(writer))) {
      var response =
          running.client(version).send(running.request("/").build(), BodyHandlers.ofInputStream());

      eventually("the gateway gives up", gaveUp::get);
      try (InputStream body = response.body()) {
        assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
      }
    }
  }
}
