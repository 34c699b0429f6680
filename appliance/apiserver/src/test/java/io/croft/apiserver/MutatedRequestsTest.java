package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.model.StatusException;
import io.croft.security.Authenticator;
import io.croft.security.Decision;
import io.croft.security.RequestChain;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Requests that are almost valid, at random, through the whole chain: none may be answered with an
/// error of the server's own, none may go on for ever, none that is refused may change anything,
/// and all of them together may not cost memory for good.
///
/// `-Dcroft.fuzz.requests=1000000` for a long run, `-Dcroft.fuzz.seed` for another.
final class MutatedRequestsTest {
  private static final int REQUESTS = Integer.getInteger("croft.fuzz.requests", 4000);
  private static final long SEED = Long.getLong("croft.fuzz.seed", 1);

  /// After so many the objects that came about are removed: what is measured is the server.
  private static final int ROUND = 20_000;

  /// Far more than the slowest answer takes on a busy machine.
  private static final Duration HANGS = Duration.ofSeconds(60);

  /// What a request has put up and does not answer.
  private static final String WEBHOOK = "failed calling webhook";

  private static final long HEAP_GROWTH = 48 << 20;

  @TempDir Path directory;
  private final Map<String, Integer> codes = new TreeMap<>();
  private final Map<String, String> failures = new TreeMap<>();
  private final AtomicLong startedNanos = new AtomicLong();
  private long slowestNanos;
  private String slowest = "";
  private String unforeseen = "";

  @Test
  void answersEachProperlyAndChangesNothingThatItRefuses() throws Exception {
    List<FuzzRequest> seeds = RequestSeeds.all();
    try (TestApi api = new TestApi(directory)) {
      RequestChain chain =
          new RequestChain(
              request -> new Authenticator.Outcome.Authenticated(TestApi.ALICE),
              attributes -> Decision.allow("test"),
              event -> {},
              (request, context) -> noted(() -> api.server.handle(request, context)),
              InstantSource.system());
      Thread watchdog = watchdog(Thread.currentThread());
      long heap = 0;
      try {
        var purge = new Purge(api);
        purge.run();
        for (int i = 0; i < REQUESTS; i++) {
          // Each has its own sequence, so that any can be looked at by itself.
          var random = new Random(SEED * 1_000_003 + i);
          FuzzRequest seed = seeds.get(random.nextInt(seeds.size()));
          FuzzRequest request =
              random.nextInt(20) == 0 ? seed : new RequestMutator(random).mutate(seed);
          if (check(i, request, api, chain).contains(WEBHOOK)) {
            purge.removeWebhooks();
          }
          if ((i + 1) % ROUND == 0) {
            purge.run();
            heap = heap == 0 ? usedHeap() : heap;
            report(i + 1, heap);
          }
        }
        purge.run();
      } finally {
        watchdog.interrupt();
      }
      assertThat(failures).as(() -> "failures of seed " + SEED).isEmpty();
      assertThat(codes.keySet()).contains("200", "201", "400", "404", "405", "409", "415", "422");
      if (heap > 0) {
        assertThat(usedHeap()).as("heap").isLessThan(heap + HEAP_GROWTH);
      }
    }
  }

  /// Keeps what the chain only writes into its log.
  private HttpResponse noted(Supplier<HttpResponse> handler) {
    try {
      return handler.get();
    } catch (StatusException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      unforeseen =
          e + " at " + List.of(e.getStackTrace()).subList(0, Math.min(8, e.getStackTrace().length));
      throw e;
    }
  }

  private void report(int done, long heap) {
    System.out.printf(
        "%d requests: %s; slowest %d ms %s; heap %d KiB, at first %d KiB; %d failures%n",
        done,
        codes,
        slowestNanos / 1_000_000,
        slowest,
        usedHeap() >> 10,
        heap >> 10,
        failures.size());
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /// @return the body of the answer
  private String check(int number, FuzzRequest fuzz, TestApi api, RequestChain chain) {
    HttpRequest request;
    try {
      request = fuzz.toHttp();
    } catch (IllegalArgumentException e) {
      codes.merge("query", 1, Integer::sum); // which the gateway refuses
      return "";
    }
    unforeseen = "";
    long before = api.store.revision();
    long start = System.nanoTime();
    startedNanos.set(start);
    int code;
    String answer;
    try {
      HttpResponse response = chain.handle(request);
      code = response.status();
      answer = text(response);
    } catch (Exception e) {
      fail(number, fuzz, "threw " + e);
      return "";
    } finally {
      startedNanos.set(0);
    }
    long took = System.nanoTime() - start;
    if (took > slowestNanos) {
      slowestNanos = took;
      slowest = fuzz.method() + " " + fuzz.path() + "?" + fuzz.query();
    }
    codes.merge(Integer.toString(code), 1, Integer::sum);
    if (code >= 500 && !deliberate(code, answer)) {
      fail(number, fuzz, code + " " + (unforeseen.isEmpty() ? answer : unforeseen));
    }
    boolean reads = List.of("GET", "HEAD").contains(fuzz.method());
    if ((code >= 400 || reads) && api.store.revision() != before) {
      fail(number, fuzz, "answered " + code + " and wrote");
    }
    return answer;
  }

  /// What a webhook does that a request has put up is not the server's fault; and evictions under
  /// several budgets are refused with 500 elsewhere, too.
  private static boolean deliberate(int code, String answer) {
    return code == 501
        || code == 503
        || code == 504
        || answer.contains(WEBHOOK)
        || answer.contains("which the eviction subresource does not support");
  }

  private void fail(int number, FuzzRequest request, String what) {
    String key = what.length() > 1500 ? what.substring(0, 1500) : what;
    if (failures.size() < 50) {
      failures.putIfAbsent(key, number + ": " + request);
    }
  }

  private static String text(HttpResponse response) throws Exception {
    return switch (response) {
      case HttpResponse.Upgraded _ -> throw new AssertionError("an upgrade");
      case HttpResponse.Complete complete -> new String(complete.body(), StandardCharsets.UTF_8);
      case HttpResponse.Streaming streaming -> {
        var sink = new LeavingSink();
        streaming.writer().writeTo(sink);
        yield sink.text();
      }
    };
  }

  /// A client that goes away as soon as a watch has begun.
  private static final class LeavingSink implements BodySink {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private Runnable onClose = () -> {};

    @Override
    public void write(byte[] bytes) {
      body.writeBytes(bytes);
    }

    @Override
    public void flush() {
      onClose.run();
    }

    @Override
    public void onClose(Runnable action) {
      onClose = action;
    }

    String text() {
      return body.toString(StandardCharsets.UTF_8);
    }
  }

  /// Notes where a request is that does not come back, and interrupts it.
  private Thread watchdog(Thread tested) {
    return Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            while (true) {
              Thread.sleep(1000);
              long start = startedNanos.get();
              if (start != 0 && System.nanoTime() - start > HANGS.toNanos()) {
                fail(
                    -1,
                    FuzzRequest.of("", "", "", ""),
                    "hangs: " + List.of(tested.getStackTrace()));
                tested.interrupt();
              }
            }
          } catch (InterruptedException e) {
            return; // the test is over
          }
        });
  }
}
