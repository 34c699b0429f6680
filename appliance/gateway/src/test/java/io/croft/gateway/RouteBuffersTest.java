package io.croft.gateway;

import static io.croft.gateway.RoutedGateway.ANYBODY;
import static io.croft.gateway.RoutedGateway.backend;
import static io.croft.gateway.RoutedGateway.patient;
import static io.croft.gateway.RoutedGateway.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.Route;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a service sends stays in the buffers that it was read to. All of them are released, however
/// an answer ends.
class RouteBuffersTest {
  private static final int SOME = 300 << 10;
  private static final String LONG = "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n";

  private final ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();
  private final RoutedGateway gateway = new RoutedGateway();
  private final CountDownLatch over = new CountDownLatch(1);

  private final AtomicInteger asked = new AtomicInteger();

  /// What services could send.
  private final AtomicLong sent = new AtomicLong();

  @BeforeEach
  void trackBuffers() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
  }

  @AfterEach
  void everyBufferIsReleased() {
    over.countDown();
    gateway.close();
    ResourceLeakDetector.setLevel(before);
    Eventually.eventually(
        "requests let go of their buffers",
        () -> gateway.running.gateway.memory().buffersInUse() == 0);
  }

  /// Sends a head and then bytes, as long as somebody takes them.
  private TestUpstream.Raw sending(String head, long bytes) throws IOException {
    return new TestUpstream.Raw(socket -> {
      while (!TestUpstream.Raw.head(socket).isEmpty()) {
        asked.incrementAndGet();
        send(socket, head, bytes);
      }
    });
  }

  private void send(Socket socket, String head, long bytes) throws IOException {
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    for (long i = 0; i < bytes; i += 10_000) {
      socket.getOutputStream().write(new byte[10_000]);
      sent.addAndGet(10_000);
    }
  }

  private void awaitStandstill() throws InterruptedException {
    long last = -1;
    while (last != sent.get()) {
      last = sent.get();
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  private HttpResponse<InputStream> begin(Version version) throws Exception {
    return gateway
        .running
        .client(version)
        .send(gateway.running.request("/").build(), BodyHandlers.ofInputStream());
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void afterWholeAnswers(Version version) throws Exception {
    try (var upstream = sending("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", 100_000)) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      HttpClient client = gateway.running.client(version);
      for (int i = 0; i < 50; i++) {
        assertThat(
                client
                    .send(gateway.running.request("/").build(), BodyHandlers.ofByteArray())
                    .body())
            .isEqualTo(new byte[100_000]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void whenTheClientLeavesWithoutReading(Version version) throws Exception {
    try (var upstream = sending(LONG, 100_000_000)) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      InputStream body = begin(version).body();
      awaitStandstill();
      body.close();
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void whenTheGatewayStopsWhileTheClientDoesNotRead(Version version) throws Exception {
    try (var upstream = sending(LONG, 100_000_000)) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      var _ = begin(version);
      awaitStandstill();
      gateway.close();
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void whenTheServiceBreaksOff(Version version) throws Exception {
    try (var upstream =
        new TestUpstream.Raw(socket -> {
          TestUpstream.Raw.head(socket);
          send(socket, LONG, SOME);
        })) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));

      assertThatThrownBy(() -> begin(version).body().readAllBytes())
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void whenTimeIsUp() throws Exception {
    try (var upstream =
        new TestUpstream.Raw(socket -> {
          TestUpstream.Raw.head(socket);
          send(socket, LONG, SOME);
          RoutedGateway.await(over);
        })) {
      gateway.with("/", patient(Duration.ofMillis(500), Duration.ZERO, upstream.endpoint()));

      assertThatThrownBy(() -> begin(Version.HTTP_1_1).body().readAllBytes())
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void whenTheAnswerOfAnotherTryIsTaken() throws Exception {
    var calls = new AtomicInteger();
    try (var upstream =
        new TestUpstream.Raw(socket -> {
          TestUpstream.Raw.head(socket);
          int status = calls.incrementAndGet() == 1 ? 503 : 200;
          send(socket, "HTTP/1.1 " + status + " Hm\r\nContent-Length: 300000\r\n\r\n", 300_000);
        })) {
      gateway.with(
          "/",
          new Route(
              "test",
              ANYBODY,
              List.of(),
              List.of(backend(1, upstream.endpoint())),
              Route.Timeouts.USUAL,
              new Route.Retry(Set.of(503), 2, Duration.ofMillis(1))));

      assertThat(begin(Version.HTTP_1_1).body().readAllBytes()).hasSize(300_000);
      assertThat(calls).hasValue(2);
    }
  }

  @Test
  void whenNobodySeesTheAnswerToACopy() throws Exception {
    try (var upstream = TestUpstream.saying("hello");
        var other = sending(LONG, 100_000_000)) {
      var mirror = new Filter.Mirror(backend(1, other.endpoint()), 1);
      gateway.with("/", route(ANYBODY, List.of(mirror), backend(1, upstream.endpoint())));

      assertThat(gateway.get("/").body()).isEqualTo("hello");
      Eventually.eventually("the copy is answered", () -> sent.get() > 0);
      awaitStandstill();
    }
  }

  @Test
  void whenAnUpgradeIsRefusedAtLength() throws Exception {
    try (var upstream = sending(LONG, 100_000_000);
        var client = gateway.running.raw()) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");

      assertThat(client.answer().status()).isEqualTo(502);
    }
  }

  @Test
  void whenTheClientLeavesAfterAnUpgrade() throws Exception {
    String switched =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n";
    try (var upstream = sending(switched, 100_000_000);
        var client = gateway.running.raw()) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(101);
      awaitStandstill();
    }
  }

  @Test
  void whenTheClientOfAnHttp2ServiceLeaves() throws Exception {
    try (var upstream = new H2cUpstream()) {
      gateway.with("/", route(ANYBODY, List.of(), upstream.backend()));
      var request =
          gateway.running.request("/").POST(BodyPublishers.ofByteArray(new byte[30 << 20]));
      HttpResponse<InputStream> answer =
          gateway
              .running
              .client(Version.HTTP_1_1)
              .sendAsync(request.build(), BodyHandlers.ofInputStream())
              .get(20, TimeUnit.SECONDS);
      assertThat(answer.body().readNBytes(SOME)).hasSize(SOME);
      answer.body().close();
    }
  }

  /// Who asks for much and reads nothing must not take the buffers away from all others.
  @Test
  void leavesRoomForOthersWhileManyDoNotRead() throws Exception {
    try (var upstream = sending(LONG, 100_000_000);
        var client = new RawHttp2(gateway.running.port())) {
      gateway.with("/", route(ANYBODY, upstream.endpoint()));
      for (int i = 0; i < 240; i++) {
        client.headers(2 * i + 1, RawHttp2.request("GET", "/"), true);
      }
      Eventually.eventually("all are answered", () -> asked.get() == 240);
      awaitStandstill();

      assertThat(gateway.running.gateway.memory().heldBytes()).isLessThan(40 << 20);
    }
  }
}
