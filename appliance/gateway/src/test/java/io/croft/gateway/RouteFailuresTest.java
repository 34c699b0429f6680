package io.croft.gateway;

import static io.croft.gateway.RoutedGateway.ANYBODY;
import static io.croft.gateway.RoutedGateway.backend;
import static io.croft.gateway.RoutedGateway.patient;
import static io.croft.gateway.RoutedGateway.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.gateway.proxy.UpstreamLimits;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.Route;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Services that are not there, too slow, or of no use.
@Tag("S1")
class RouteFailuresTest {
  private final RoutedGateway gateway = new RoutedGateway();

  @AfterEach
  void stop() {
    gateway.close();
  }

  @ParameterizedTest
  @CsvSource({
    "*/*, application/json",
    "'text/html,*/*', text/plain",
    "application/json, application/json"
  })
  void saysThatAServiceCannotBeReached(String accept, String type) throws Exception {
    gateway.with("/", route(ANYBODY, RoutedGateway.closedPort()));
    HttpResponse<String> answer = gateway.get("/", "Accept", accept);

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith(type);
    assertThat(answer.body()).contains("default/test cannot be reached").doesNotContain("127.0.0");
  }

  @Test
  void answers503WithoutEndpointsAnd500WithoutServices() throws Exception {
    gateway
        .with("/none", route(ANYBODY))
        .with("/nothing", route(ANYBODY, List.of()))
        .with(
            "/broken",
            route(ANYBODY, List.of(), new Backend(1, List.of(), new Backend.Broken("no such"))));

    assertThat(gateway.get("/none").statusCode()).isEqualTo(503);
    assertThat(gateway.get("/nothing").statusCode()).isEqualTo(500);
    assertThat(gateway.get("/broken").statusCode()).isEqualTo(500);
  }

  @Test
  void answers504WhenAServiceTakesTooLong() throws Exception {
    var release = new CountDownLatch(1);
    try (var upstream = new TestUpstream(exchange -> RoutedGateway.await(release))) {
      gateway
          .with("/a", patient(Duration.ZERO, Duration.ofMillis(200), upstream.endpoint()))
          .with("/b", patient(Duration.ofMillis(200), Duration.ZERO, upstream.endpoint()));

      assertThat(gateway.get("/a").statusCode()).isEqualTo(504);
      assertThat(gateway.get("/b").statusCode()).isEqualTo(504);
      release.countDown();
    }
  }

  /// Each piece comes in time, and all of it never does.
  @ParameterizedTest
  @CsvSource({
    "'', HTTP/1.1 102 Processing||",
    "'Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key:"
        + " dGhlIHNhbXBsZSBub25jZQ==|', 1|x|"
  })
  void answers504WhenAServiceNeverComesToAnEnd(String upgrade, String piece) throws Exception {
    String begin = upgrade.isEmpty() ? "" : "HTTP/1.1 200 OK|Transfer-Encoding: chunked||";
    try (var upstream =
            new TestUpstream.Raw(socket -> {
              TestUpstream.Raw.head(socket);
              OutputStream out = socket.getOutputStream();
              out.write(lines(begin));
              while (true) { // until the gateway closes the connection
                out.write(lines(piece));
                LockSupport.parkNanos(20_000_000);
              }
            });
        var client = RawConnection.open(gateway.running.port())) {
      gateway.with("/", patient(Duration.ZERO, Duration.ofMillis(300), upstream.endpoint()));
      client.send(lines("GET / HTTP/1.1|Host: a|" + upgrade + "|"));

      assertThat(client.answer().status()).isEqualTo(504);
    }
  }

  private static byte[] lines(String text) {
    return text.replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key:"
            + " dGhlIHNhbXBsZSBub25jZQ==|"
      })
  void waitsForNoServiceWhenTheClientHasGone(String upgrade) throws Exception {
    var asked = new CountDownLatch(1);
    var connections = new AtomicInteger();
    var gone = new CountDownLatch(1);
    try (var upstream =
        new TestUpstream.Raw(socket -> {
          connections.incrementAndGet();
          TestUpstream.Raw.head(socket);
          asked.countDown();
          while (socket.getInputStream().read() >= 0) {}
          gone.countDown();
        })) {
      gateway.with("/", patient(Duration.ZERO, Duration.ZERO, upstream.endpoint()));
      try (var client = RawConnection.open(gateway.running.port())) {
        client.send(lines("GET / HTTP/1.1|Host: a|" + upgrade + "|"));
        RoutedGateway.await(asked);
      }

      assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(connections).hasValue(1);
    }
  }

  @Test
  void triesAnotherEndpointWhenOneCannotBeReached() throws Exception {
    try (var upstream = TestUpstream.saying("hello")) {
      gateway.with("/", route(ANYBODY, upstream.endpoint(), RoutedGateway.closedPort()));

      for (int i = 0; i < 10; i++) {
        assertThat(gateway.get("/").statusCode()).isEqualTo(200);
      }
    }
  }

  @Test
  void repeatsByCodeOnlyWhatCanBeRepeated() throws Exception {
    var calls = new AtomicInteger();
    try (var upstream =
        new TestUpstream(exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(calls.incrementAndGet() % 3 == 0 ? 200 : 503, -1);
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

      assertThat(gateway.get("/").statusCode()).isEqualTo(200);
      assertThat(calls).hasValue(3);
      var post = gateway.running.request("/").POST(HttpRequest.BodyPublishers.ofString("x"));
      assertThat(
              RunningGateway.get(gateway.running.client(HttpClient.Version.HTTP_1_1), post)
                  .statusCode())
          .isEqualTo(503);
      assertThat(calls).hasValue(4);
    }
  }

  @Test
  void leadsToNoServiceOfThisMachineUnlessThatIsAllowed() throws Exception {
    try (var upstream = TestUpstream.saying("hello");
        var strict = new RoutedGateway(UpstreamLimits.USUAL)) {
      strict.with("/", route(ANYBODY, upstream.endpoint()));
      HttpResponse<String> answer =
          RunningGateway.get(
              strict.running.client(HttpClient.Version.HTTP_2), strict.running.request("/"));

      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(upstream.asked).isEmpty();
    }
  }
}
