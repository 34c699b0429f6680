package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.HttpHandler;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// How much the gateway takes on at a time.
final class GatewayLimitsTest {
  private static final GatewayLimits ONE_EACH = new GatewayLimits(8_000, 8_000, 1, 250, 1, 1);

  /// Answers `/held` when released, everything else at once.
  private record Holding(CountDownLatch held, CountDownLatch released) {
    Holding() {
      this(new CountDownLatch(1), new CountDownLatch(1));
    }

    HttpHandler handler() {
      return request -> {
        if (request.path().equals("/held")) {
          held.countDown();
          GatewayExchangeTest.awaitUninterruptibly(released);
        }
        return GatewayExchangeTest.text("ok");
      };
    }
  }

  @Test
  void answersTooManyRequestsBeyondTheLimit() throws Exception {
    var holding = new Holding();
    try (var running = start(holding)) {
      HttpClient client = running.client(Version.HTTP_2);
      var first = client.sendAsync(running.request("/held").build(), BodyHandlers.ofString());
      GatewayExchangeTest.awaitUninterruptibly(holding.held);

      var refused = RunningGateway.get(client, running.request("/"));
      holding.released.countDown();

      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("retry-after")).contains("1");
      assertThat(refused.body()).contains("\"reason\":\"TooManyRequests\"");
      assertThat(first.get().statusCode()).isEqualTo(200);
      Eventually.eventually("the permit is back", () -> succeeds(running, client));
    }
  }

  private static RunningGateway start(Holding holding) {
    return RunningGateway.start(ONE_EACH, RunningGateway.TIMEOUTS, holding.handler());
  }

  private static boolean succeeds(RunningGateway running, HttpClient client) {
    try {
      return RunningGateway.get(client, running.request("/")).statusCode() == 200;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void countsLongRunningRequestsApart() throws Exception {
    var holding = new Holding();
    try (var running = start(holding)) {
      HttpClient client = running.client(Version.HTTP_2);
      var watch =
          client.sendAsync(running.request("/held?watch=1").build(), BodyHandlers.ofString());
      GatewayExchangeTest.awaitUninterruptibly(holding.held);

      int ordinary = RunningGateway.get(client, running.request("/")).statusCode();
      int log = RunningGateway.get(client, running.request("/?follow=true")).statusCode();
      holding.released.countDown();

      assertThat(ordinary).isEqualTo(200);
      assertThat(log).isEqualTo(429);
      assertThat(watch.get().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void closesConnectionsBeyondTheLimit() throws Exception {
    try (var running = start(new Holding())) {
      try (var first = running.raw()) {
        assertThatThrownBy(running::raw).isInstanceOf(IOException.class);
        assertThat(first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").answer().status())
            .isEqualTo(200);
      }
      Eventually.eventually("there is room again", () -> connects(running));
    }
  }

  private static boolean connects(RunningGateway running) {
    try (var raw = running.raw()) {
      return raw.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").answer().status() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void answersUriTooLongOnHttp2() throws Exception {
    try (var running = start(new Holding())) {
      HttpClient client = running.client(Version.HTTP_2);

      var response = RunningGateway.get(client, running.request("/" + "x".repeat(9_000)));

      assertThat(response.version()).isEqualTo(Version.HTTP_2);
      assertThat(response.statusCode()).isEqualTo(414);
    }
  }
}
