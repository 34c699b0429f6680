package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.RequestBody.BodyTooLargeException;
import io.croft.model.Statuses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Requests and responses that go as they should, on both protocols.
final class GatewayExchangeTest {
  static HttpResponse text(String text) {
    return HttpResponse.of(200, "text/plain", text.getBytes(StandardCharsets.UTF_8));
  }

  /// Answers with the request's body.
  static HttpResponse echo(HttpRequest request) {
    try {
      return HttpResponse.of(200, "application/octet-stream", request.body().readAll(8 << 20));
    } catch (BodyTooLargeException e) {
      throw Statuses.tooLarge("at most " + e.maxBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void handsTheRequestOverAndTheResponseBack(Version version) throws Exception {
    try (var running =
        RunningGateway.start(request ->
            new HttpResponse.Complete(
                201,
                Headers.of("content-type", "text/plain", "x-answer", "yes"),
                (request.method()
                        + " "
                        + request.path()
                        + " "
                        + request.query().all("a")
                        + " "
                        + request.headers().first("X-Question").orElse("-")
                        + " "
                        + request.peer().address())
                    .getBytes(StandardCharsets.UTF_8)))) {
      var client = running.client(version);
      var request = running.request("/x%2Fy/z?a=1&b=2&a=%203").header("x-question", "why");
      var response = RunningGateway.get(client, request);

      assertThat(response.version()).isEqualTo(version);
      assertThat(response.statusCode()).isEqualTo(201);
      assertThat(response.headers().firstValue("x-answer")).contains("yes");
      assertThat(response.headers().firstValue("date")).isPresent();
      assertThat(response.headers().map()).doesNotContainKey("connection");
      assertThat(response.body()).isEqualTo("GET /x%2Fy/z [1,  3] why 127.0.0.1");
    }
  }

  @ParameterizedTest
  @EnumSource
  void showsNoFieldsOfItsOwnMaking(Version version) throws Exception {
    try (var running = RunningGateway.start(request -> text(request.headers().toString()))) {
      var response = RunningGateway.get(running.client(version), running.request("/"));

      assertThat(response.body()).doesNotContain("x-http2", "transfer-encoding").contains("host");
    }
  }

  @ParameterizedTest
  @EnumSource
  void carriesBodiesOfAnySize(Version version) throws Exception {
    try (var running = RunningGateway.start(GatewayExchangeTest::echo)) {
      HttpClient client = running.client(version);
      for (int size : new int[] {0, 1, 1000, 32 << 10, (32 << 10) + 1, 3 << 20}) {
        byte[] body = new byte[size];
        Arrays.fill(body, (byte) (size % 251));
        var request = running.request("/").POST(BodyPublishers.ofByteArray(body)).build();

        assertThat(client.send(request, BodyHandlers.ofByteArray()).body())
            .as("%d bytes", size)
            .isEqualTo(body);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void readsBodiesOfUnknownLength(Version version) throws Exception {
    try (var running = RunningGateway.start(GatewayExchangeTest::echo)) {
      byte[] body = new byte[300_000];
      var request =
          running
              .request("/")
              .POST(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body)))
              .build();
      var response = running.client(version).send(request, BodyHandlers.ofByteArray());

      assertThat(response.body()).isEqualTo(body);
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsTheHandlerThatABodyIsTooLarge(Version version) throws Exception {
    try (var running = RunningGateway.start(GatewayExchangeTest::echo)) {
      HttpClient client = running.client(version);
      byte[] body = new byte[(8 << 20) + 1];
      var declared = running.request("/").POST(BodyPublishers.ofByteArray(body)).build();
      var undeclared =
          running
              .request("/")
              .POST(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body)))
              .build();

      assertThat(client.send(declared, BodyHandlers.ofString()).statusCode()).isEqualTo(413);
      assertThat(client.send(undeclared, BodyHandlers.ofString()).statusCode()).isEqualTo(413);
      assertThat(RunningGateway.get(client, running.request("/")).statusCode()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @EnumSource
  void answersWithoutReadingTheBody(Version version) throws Exception {
    try (var running = RunningGateway.start(_ -> text("no, thanks"))) {
      HttpClient client = running.client(version);
      for (int size : new int[] {10, 100_000, 2 << 20}) {
        var request = running.request("/").POST(BodyPublishers.ofByteArray(new byte[size])).build();

        assertThat(client.send(request, BodyHandlers.ofString()).body())
            .as("%d bytes", size)
            .isEqualTo("no, thanks");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void leavesTheBodyOutOfAnswersToHead(Version version) throws Exception {
    try (var running =
        RunningGateway.start(request ->
            request.path().equals("/stream")
                ? new HttpResponse.Streaming(200, Headers.EMPTY, sink -> sink.write(new byte[10]))
                : text("hello"))) {
      HttpClient client = running.client(version);
      var whole = RunningGateway.get(client, running.request("/").HEAD());
      var stream = RunningGateway.get(client, running.request("/stream").HEAD());

      assertThat(whole.headers().firstValue("content-length")).contains("5");
      assertThat(whole.body()).isEmpty();
      assertThat(stream.statusCode()).isEqualTo(200);
      assertThat(stream.body()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void sendsNoBodyWithNoContent(Version version) throws Exception {
    try (var running =
        RunningGateway.start(_ -> new HttpResponse.Complete(204, Headers.EMPTY, new byte[0]))) {
      HttpClient client = running.client(version);

      for (int i = 0; i < 3; i++) {
        var response = RunningGateway.get(client, running.request("/"));
        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.headers().map()).doesNotContainKey("content-length");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsTheClientNothingAboutADefect(Version version) throws Exception {
    try (var running =
        RunningGateway.start(_ -> {
          throw new IllegalStateException("secret detail");
        })) {
      var response = RunningGateway.get(running.client(version), running.request("/"));

      assertThat(response.statusCode()).isEqualTo(500);
      assertThat(response.body())
          .contains("\"kind\":\"Status\"", "\"reason\":\"InternalError\"")
          .doesNotContain("secret", "Exception");
    }
  }

  @ParameterizedTest
  @EnumSource
  void turnsAStatusExceptionIntoItsStatus(Version version) throws Exception {
    try (var running =
        RunningGateway.start(_ -> {
          throw Statuses.tooManyRequests("later", 7);
        })) {
      var response = RunningGateway.get(running.client(version), running.request("/"));

      assertThat(response.statusCode()).isEqualTo(429);
      assertThat(response.headers().firstValue("retry-after")).contains("7");
      assertThat(response.body()).contains("\"message\":\"later\"");
    }
  }

  @ParameterizedTest
  @EnumSource
  void answersManyRequestsAtATime(Version version) throws Exception {
    int requests = 60;
    var allIn = new CountDownLatch(requests);
    try (var running =
        RunningGateway.start(request -> {
          allIn.countDown();
          awaitUninterruptibly(allIn);
          return text(request.path());
        })) {
      HttpClient client = running.client(version);
      var responses =
          IntStream.range(0, requests)
              .mapToObj(i -> running.request("/" + i).build())
              .map(request -> client.sendAsync(request, BodyHandlers.ofString()))
              .toList();

      for (int i = 0; i < requests; i++) {
        CompletableFuture<java.net.http.HttpResponse<String>> response = responses.get(i);
        assertThat(response.get().body()).isEqualTo("/" + i);
      }
    }
  }

  static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      if (!latch.await(
          RunningGateway.PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)) {
        throw new AssertionError("waited in vain");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
