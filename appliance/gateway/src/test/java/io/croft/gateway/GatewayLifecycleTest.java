package io.croft.gateway;

import static io.croft.gateway.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpResponse;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Start and stop.
final class GatewayLifecycleTest {
  private static final HttpHandler OK = _ -> GatewayExchangeTest.text("ok");

  private static final EventLoops LOOPS = new EventLoops();

  @BeforeAll
  static void start() {
    LOOPS.start();
  }

  @AfterAll
  static void stop() {
    LOOPS.stop();
  }

  private static Gateway gateway(int port) {
    return new Gateway(
        LOOPS,
        GatewayConfig.of("127.0.0.1", port),
        () -> Credentials.material(Credentials.OURS),
        OK);
  }

  @Test
  void saysThatThePortIsInUse() {
    try (var running = RunningGateway.start(OK)) {
      Gateway second = gateway(running.port());

      assertThatThrownBy(second::start)
          .isInstanceOf(BindException.class)
          .hasMessageMatching(
              "port \\d+ on 127.0.0.1 is in use \\(.+\\); choose another with --listen");
      assertThat(second.ready()).isFalse();
      second.stop();
    }
  }

  @Test
  void saysThatTheAddressIsNotOurs() {
    var gateway =
        new Gateway(
            LOOPS,
            GatewayConfig.of("192.0.2.1", 0),
            () -> Credentials.material(Credentials.OURS),
            OK);

    assertThatThrownBy(gateway::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("192.0.2.1")
        .hasMessageNotContaining("in use");
    gateway.stop();
  }

  @Test
  void stopsInAnyState() throws Exception {
    Gateway gateway = gateway(0);
    gateway.stop();
    gateway.init();
    gateway.stop();
    gateway.start();
    assertThat(gateway.ready()).isTrue();
    gateway.stop();
    assertThat(gateway.ready()).isFalse();
    gateway.stop();
    assertThatThrownBy(gateway::localAddress).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void freesThePort() throws Exception {
    int port;
    try (var running = RunningGateway.start(OK)) {
      port = running.port();
      assertThat(RunningGateway.get(running.client(Version.HTTP_2), running.request("/")).body())
          .isEqualTo("ok");
    }
    Gateway second = gateway(port);
    second.start();
    assertThat(second.localAddress().getPort()).isEqualTo(port);
    second.stop();
  }

  @ParameterizedTest
  @EnumSource
  void letsRequestsInProgressFinish(Version version) throws Exception {
    var entered = new CountDownLatch(1);
    var released = new CountDownLatch(1);
    HttpHandler slow =
        _ -> {
          entered.countDown();
          GatewayExchangeTest.awaitUninterruptibly(released);
          return GatewayExchangeTest.text("done");
        };
    try (var running = RunningGateway.start(slow)) {
      HttpClient client = running.client(version);
      var request = running.request("/").build();
      var response = client.sendAsync(request, BodyHandlers.ofString());
      GatewayExchangeTest.awaitUninterruptibly(entered);

      Thread stopping = Thread.ofVirtual().start(running.gateway::stop);
      eventually("it no longer listens", () -> !running.gateway.ready());
      assertThatThrownBy(() -> running.client(version).send(request, BodyHandlers.ofString()))
          .isInstanceOf(ConnectException.class);
      released.countDown();

      assertThat(response.get().body()).isEqualTo("done");
      stopping.join();
    }
  }

  @ParameterizedTest
  @EnumSource
  void cutsRequestsThatDoNotFinishInTime(Version version) throws Exception {
    var entered = new CountDownLatch(1);
    var released = new CountDownLatch(1);
    var hasty =
        new GatewayTimeouts(
            RunningGateway.PATIENCE,
            RunningGateway.PATIENCE,
            RunningGateway.PATIENCE,
            RunningGateway.PATIENCE,
            RunningGateway.PATIENCE,
            Duration.ofMillis(100));
    HttpHandler stubborn =
        _ ->
            new HttpResponse.Streaming(
                200,
                Headers.EMPTY,
                sink -> {
                  sink.write(new byte[1]);
                  sink.flush();
                  entered.countDown();
                  GatewayExchangeTest.awaitUninterruptibly(released);
                });
    try (var running = RunningGateway.start(GatewayLimits.DEFAULT, hasty, stubborn)) {
      var response =
          running.client(version).sendAsync(running.request("/").build(), BodyHandlers.ofString());
      GatewayExchangeTest.awaitUninterruptibly(entered);

      running.gateway.stop();

      assertThatThrownBy(response::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(IOException.class);
      released.countDown();
    }
  }
}
