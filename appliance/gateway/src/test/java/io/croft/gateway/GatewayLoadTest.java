package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Many requests of every kind leave nothing behind.
final class GatewayLoadTest {
  private static final int CLIENTS = 10;
  private static final int ROUNDS = 125;

  private ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();

  @BeforeEach
  void trackBuffers() {
    before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
  }

  @AfterEach
  void stopTracking() {
    ResourceLeakDetector.setLevel(before);
  }

  private static HttpResponse serve(HttpRequest request) {
    return switch (request.path()) {
      case "/echo" -> GatewayExchangeTest.echo(request);
      case "/stream" ->
          new HttpResponse.Streaming(
              200,
              Headers.EMPTY,
              sink -> {
                for (int i = 0; i < 10; i++) {
                  sink.write(new byte[10_000]);
                }
              });
      case "/broken" ->
          new HttpResponse.Streaming(
              200,
              Headers.EMPTY,
              sink -> {
                sink.write(new byte[40_000]);
                throw new IOException("on purpose");
              });
      default -> GatewayExchangeTest.text("ok");
    };
  }

  @ParameterizedTest
  @EnumSource
  void releasesEveryBuffer(Version version) throws Exception {
    RunningGateway running = RunningGateway.start(GatewayLoadTest::serve);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      HttpClient client = running.client(version);
      Callable<Void> rounds =
          () -> {
            for (int i = 0; i < ROUNDS; i++) {
              askForWholeAnswers(running, client);
              if (i % 25 == 0) {
                askForABrokenAnswer(running, client);
              }
            }
            return null;
          };
      for (var done :
          threads.invokeAll(IntStream.range(0, CLIENTS).mapToObj(_ -> rounds).toList())) {
        done.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("a request failed", e);
    } finally {
      running.close();
    }
    assertThat(running.gateway.memory().buffersInUse()).isZero();
  }

  /// A plain request, one with a body, one whose body is not read, and a streamed response.
  private static void askForWholeAnswers(RunningGateway running, HttpClient client)
      throws IOException, InterruptedException {
    var body = BodyPublishers.ofByteArray(new byte[5_000]);
    for (var request :
        new java.net.http.HttpRequest[] {
          running.request("/").build(),
          running.request("/echo").POST(body).build(),
          running.request("/unread").POST(body).build(),
          running.request("/stream").build()
        }) {
      assertThat(client.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
    }
  }

  /// Seldom, for Netty ends a connection on which it has to reset many streams.
  private static void askForABrokenAnswer(RunningGateway running, HttpClient client) {
    var request = running.request("/broken").build();
    assertThatThrownBy(() -> client.send(request, BodyHandlers.discarding()))
        .isInstanceOf(IOException.class);
  }
}
