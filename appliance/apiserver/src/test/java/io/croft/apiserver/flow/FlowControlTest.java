package io.croft.apiserver.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import io.croft.metrics.Metrics;
import io.croft.model.StatusException;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class FlowControlTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(1);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private static FairQueue queue(int seats, int perUser, int queued, int waiting, Duration time) {
    return new FairQueue(new FairQueue.Limits(seats, perUser, queued, waiting, time), _ -> {});
  }

  /// Waits until a request waits for its turn, which shows in that the next is refused.
  private CompletableFuture<Seat> waiting(FairQueue queue, String user) {
    return CompletableFuture.supplyAsync(() -> queue.enter(user), threads);
  }

  private static void refused(FairQueue queue, String user) {
    assertThatThrownBy(() -> queue.enter(user))
        .isInstanceOfSatisfying(
            StatusException.class,
            e -> {
              assertThat(e.status().code()).isEqualTo(429);
              assertThat(e.status().reason()).isEqualTo("TooManyRequests");
              assertThat(e.status().toJson().at("/details/retryAfterSeconds").asInt()).isEqualTo(1);
            });
  }

  @Test
  void boundsWhatIsWorkedOnAltogetherAndForOneUser() {
    FairQueue queue = queue(3, 2, 0, 0, SHORT);
    Seat first = queue.enter("a");
    queue.enter("a");
    refused(queue, "a");
    queue.enter("b");
    refused(queue, "c");
    first.close();
    first.close(); // counts once
    queue.enter("c");
    refused(queue, "d");
  }

  @Test
  void sendsAwayWhoHasWaitedTooLong() {
    FairQueue queue = queue(1, 1, 5, 5, SHORT);
    Seat seat = queue.enter("a");
    refused(queue, "b");
    seat.close();
    queue.enter("b").close();
  }

  @Test
  void givesAFreeSeatToWhoHasTheFewest() throws Exception {
    FairQueue queue = queue(2, 2, 3, 10, LONG);
    Seat one = queue.enter("flood");
    Seat two = queue.enter("flood");
    var flood = new ArrayList<CompletableFuture<Seat>>();
    for (int i = 0; i < 3; i++) {
      flood.add(waiting(queue, "flood"));
    }
    untilRefused(queue, "flood");
    CompletableFuture<Seat> other = waiting(queue, "other");
    while (queue.waiting() < 4) {
      Thread.onSpinWait();
    }
    one.close();
    other.get(30, TimeUnit.SECONDS); // before the three that came first
    assertThat(flood).noneMatch(CompletableFuture::isDone);
    two.close();
    CompletableFuture.anyOf(flood.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
  }

  private static void untilRefused(FairQueue queue, String user) {
    while (queue.waiting() < 3) {
      Thread.onSpinWait();
    }
    refused(queue, user);
  }

  @Test
  void makesRoomAtTheCostOfTheLongestQueue() throws Exception {
    FairQueue queue = queue(1, 1, 10, 3, LONG);
    Seat seat = queue.enter("flood");
    var flood = new ArrayList<CompletableFuture<Seat>>();
    for (int i = 0; i < 3; i++) {
      flood.add(waiting(queue, "flood"));
    }
    while (queue.waiting() < 3) {
      Thread.onSpinWait();
    }
    refused(queue, "flood");
    CompletableFuture<Seat> other = waiting(queue, "other");
    CompletableFuture.anyOf(flood.toArray(CompletableFuture[]::new))
        .handle((_, refusal) -> assertThat(refusal).hasRootCauseInstanceOf(StatusException.class))
        .get(30, TimeUnit.SECONDS);
    seat.close();
    other.get(30, TimeUnit.SECONDS).close();
  }

  private static HttpResponse ask(FlowControl control, UserInfo user, String method, String path) {
    Query query =
        path.contains("?") ? Query.parse(path.substring(path.indexOf('?') + 1)) : Query.EMPTY;
    String plain = path.contains("?") ? path.substring(0, path.indexOf('?')) : path;
    return control.handle(
        HttpRequest.of(method, plain, query),
        new RequestContext(user, RequestInfo.parse(method, plain, query), "test"));
  }

  @Test
  void countsAStreamedAnswerUntilItIsWrittenOrAbandoned() {
    var limits = new FairQueue.Limits(1, 1, 0, 0, SHORT);
    var streamed = new HttpResponse.Streaming(200, Headers.EMPTY, sink -> sink.write(new byte[1]));
    var control = new FlowControl((_, _) -> streamed, limits, limits, new Metrics());
    UserInfo alice = UserInfo.of("alice", "system:authenticated");
    String pods = "/api/v1/pods";
    var first = (HttpResponse.Streaming) ask(control, alice, "GET", pods);
    assertThatThrownBy(() -> ask(control, alice, "GET", pods)).isInstanceOf(StatusException.class);
    // Writing is counted apart; masters and probes are not counted.
    ask(control, alice, "POST", "/api/v1/namespaces/default/pods");
    ask(control, alice, "GET", "/readyz");
    ask(control, UserInfo.of("root", UserInfo.MASTERS), "GET", pods);
    first.abandon();
    ((HttpResponse.Streaming) ask(control, alice, "GET", pods)).abandon();
    ask(control, alice, "GET", pods);
  }

  /// A watch as far as flow control sees it.
  private static final class Watching implements HttpResponse.BodyWriter, Initialized {
    final List<Runnable> actions = new ArrayList<>();

    @Override
    public void whenInitialized(Runnable action) {
      actions.add(action);
    }

    @Override
    public void writeTo(HttpResponse.BodySink sink) {}
  }

  @Test
  void countsAWatchUntilItHasToldWhatExists() {
    var limits = new FairQueue.Limits(1, 1, 0, 0, SHORT);
    var watching = new Watching();
    var response = new HttpResponse.Streaming(200, Headers.EMPTY, watching);
    var control = new FlowControl((_, _) -> response, limits, limits, new Metrics());
    UserInfo alice = UserInfo.of("alice", "system:authenticated");
    String watch = "/api/v1/pods?watch=1";
    ask(control, alice, "GET", watch);
    assertThatThrownBy(() -> ask(control, alice, "GET", watch)).isInstanceOf(StatusException.class);
    watching.actions.forEach(Runnable::run);
    ask(control, alice, "GET", watch);
  }

  @Test
  void tellsWhatIsWorkedOnAndWhatIsSentAway() {
    var metrics = new Metrics();
    var limits = new FairQueue.Limits(1, 1, 1, 1, SHORT);
    var streamed = new HttpResponse.Streaming(200, Headers.EMPTY, sink -> {});
    var control = new FlowControl((_, _) -> streamed, limits, limits, metrics);
    UserInfo alice = UserInfo.of("alice", "system:authenticated");
    var answer = (HttpResponse.Streaming) ask(control, alice, "GET", "/api/v1/pods");
    assertThatThrownBy(() -> ask(control, alice, "GET", "/api/v1/pods"))
        .isInstanceOf(StatusException.class);
    assertThat(text(metrics))
        .contains("apiserver_current_inflight_requests{request_kind=\"readOnly\"} 1.0")
        .contains("apiserver_current_inflight_requests{request_kind=\"mutating\"} 0.0")
        .contains("apiserver_current_inqueue_requests{request_kind=\"readOnly\"} 0.0")
        .contains(
            "apiserver_flowcontrol_rejected_requests_total{reason=\"time-out\","
                + "request_kind=\"readOnly\"} 1.0");
    answer.abandon();
    assertThat(text(metrics))
        .contains("apiserver_current_inflight_requests{request_kind=\"readOnly\"} 0.0");
  }

  @Test
  void saysThatAQueueIsFull() {
    var why = new ArrayList<FairQueue.Refusal>();
    var queue = new FairQueue(new FairQueue.Limits(1, 1, 0, 0, LONG), why::add);
    queue.enter("a");
    refused(queue, "b");
    assertThat(why).containsExactly(FairQueue.Refusal.QUEUE_FULL);
  }

  private static String text(Metrics metrics) {
    return new String(metrics.text(), StandardCharsets.UTF_8);
  }
}
