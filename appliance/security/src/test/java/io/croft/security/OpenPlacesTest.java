package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S-5")
class OpenPlacesTest {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch release = new CountDownLatch(1);

  /// One permit per request that waits.
  private final Semaphore waiting = new Semaphore(0);

  private final RequestChain chain =
      new RequestChain(
          _ -> new Authenticator.Outcome.NoCredentials(),
          _ -> Decision.noOpinion("test"),
          _ -> {},
          AuditPolicy.USUAL,
          (_, _) -> HttpResponse.of(200, "text/plain", new byte[0]),
          Destinations.NONE,
          new AllOpenRoutes(List.of(new Fake("/login"), new Fake("/join"))),
          RequestRates.UNLIMITED,
          new OpenAnswers(),
          InstantSource.system());

  /// Answers with the length of the body; waits before for who asks `?slow`.
  private final class Fake implements OpenRoutes {
    private final String path;

    Fake(String path) {
      this.path = path;
    }

    @Override
    public Set<String> paths() {
      return Set.of(path);
    }

    @Override
    public HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations) {
      try {
        if (request.query().first("slow").isPresent()) {
          hold();
        }
        int length = request.body().readAll(1 << 20).length;
        return HttpResponse.of(200, "text/plain", new byte[length]);
      } catch (RequestBody.BodyTooLargeException e) {
        return HttpResponse.of(413, "text/plain", new byte[0]);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void hold() throws IOException {
    waiting.release();
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    }
  }

  /// Does not arrive before it is let.
  private final RequestBody slow =
      maxBytes -> {
        hold();
        return new byte[0];
      };

  @AfterEach
  void stop() {
    release.countDown();
    threads.close();
  }

  private HttpResponse ask(String path, String address, String query, RequestBody body) {
    return chain.handle(
        new HttpRequest(
            "POST", path, Query.parse(query), Headers.EMPTY, body, new Peer(address, List.of())));
  }

  private int status(String path, String address) {
    return ask(path, address, "", RequestBody.of(new byte[3])).status();
  }

  /// Has requests begin, and returns once all of them wait.
  private List<Future<HttpResponse>> begin(int count, IntFunction<Callable<HttpResponse>> request)
      throws Exception {
    List<Future<HttpResponse>> begun =
        IntStream.range(0, count).mapToObj(i -> threads.submit(request.apply(i))).toList();
    waiting.acquire(count);
    return begun;
  }

  @Test
  void whoeverSendsSlowlyKeepsNobodyElseOut() throws Exception {
    var begun = new ArrayList<>(begin(8, i -> () -> ask("/login", "2001:db8::" + i, "", slow)));
    for (int i = 1; i <= 7; i++) { // in all as many as there are places
      String address = "198.51.100." + i;
      begun.addAll(begin(8, _ -> () -> ask("/login", address, "", slow)));
    }

    assertThat(status("/login", "2001:db8::ffff")).as("the ninth").isEqualTo(429);
    assertThat(status("/login", "198.51.100.7")).as("the ninth").isEqualTo(429);
    assertThat(status("/login", "2001:db8:0:1::1")).as("another").isEqualTo(200);
    assertThat(status("/login", "203.0.113.1")).as("another").isEqualTo(200);
    assertThat(status("/join", "198.51.100.7")).as("elsewhere").isEqualTo(200);

    release.countDown();
    for (Future<HttpResponse> request : begun) {
      assertThat(request.get().status()).isEqualTo(200);
    }
    assertThat(status("/login", "198.51.100.7")).isEqualTo(200);
  }

  @Test
  void loginsAndJoinsHavePlacesOfTheirOwn() throws Exception {
    List<Future<HttpResponse>> begun =
        begin(64, i -> () -> ask("/login", "192.0.2." + i, "slow", RequestBody.EMPTY));

    assertThat(status("/login", "203.0.113.1")).isEqualTo(429);
    assertThat(status("/join", "203.0.113.1")).isEqualTo(200);

    release.countDown();
    for (Future<HttpResponse> request : begun) {
      assertThat(request.get().status()).isEqualTo(200);
    }
    assertThat(status("/login", "203.0.113.1")).isEqualTo(200);
  }

  @Test
  void aBodyIsBoundedInLengthAndTime() {
    HttpResponse answer = ask("/join", "192.0.2.1", "", RequestBody.of(new byte[(16 << 10) + 1]));
    assertThat(answer.status()).isEqualTo(413);
    RequestBody body =
        new RequestBody() {
          @Override
          public byte[] readAll(int maxBytes) {
            throw new AssertionError("waits for longer than it may");
          }

          @Override
          public byte[] readAll(int maxBytes, Duration patience) {
            assertThat(patience).isLessThanOrEqualTo(Duration.ofSeconds(5));
            return new byte[3];
          }
        };
    assertThat(ask("/join", "192.0.2.1", "", body).status()).isEqualTo(200);
  }
}
