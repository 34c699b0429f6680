package io.croft.client;

import static io.croft.client.Eventually.eventually;
import static io.croft.client.FakeApi.WIDGETS;
import static io.croft.client.FakeApi.colour;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.model.Statuses;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ControllerTest {
  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(1), Duration.ofMillis(2), 0);

  private final FakeApi api = new FakeApi();
  private final Informers informers = new Informers(new ApiClient(api, "tester"));
  private final Informer widgets = informers.of(WIDGETS);
  private final List<Request> seen = new CopyOnWriteArrayList<>();
  private Controller controller = controller(this::see);

  private Controller controller(Reconciler reconciler) {
    return Controller.builder("test", reconciler).watch(widgets).backoff(BACKOFF).build();
  }

  private Result see(Request request) {
    seen.add(request);
    return Result.DONE;
  }

  private void run(Controller wanted) {
    controller = wanted;
    controller.start();
    informers.start();
  }

  @AfterEach
  void stop() {
    controller.stop();
    informers.stop();
  }

  @Test
  void reconcilesWhatIsThereAndWhatChanges() {
    api.put("shop", "a", "red");
    run(controller(this::see));
    eventually("a is seen", () -> seen.equals(List.of(new Request("shop", "a"))));
    eventually("ready", controller::ready);

    api.put("shop", "b", "red");
    eventually("b is seen", () -> seen.contains(new Request("shop", "b")));
    api.remove("shop", "a");
    eventually("a is seen again", () -> seen.size() == 3);
    assertThat(seen.getLast()).isEqualTo(new Request("shop", "a"));
  }

  @Test
  void beginsOnlyWhenTheInformersHaveSynced() {
    controller = controller(this::see);
    controller.start();
    controller.enqueue(new Request("shop", "a"));
    assertThat(controller.ready()).isFalse();
    assertThat(seen).isEmpty();

    informers.start();
    eventually("a is seen", () -> seen.equals(List.of(new Request("shop", "a"))));
  }

  @Test
  void mapsChangesToRequestsOfBothTheOldAndTheNewOwner() {
    api.put("shop", "a", "red");
    run(
        Controller.builder("test", this::see)
            .watch(widgets, widget -> List.of(new Request("", colour(widget))))
            .build());
    eventually("red is seen", () -> seen.equals(List.of(new Request("", "red"))));
    seen.clear();

    api.put("shop", "a", "blue");
    eventually("both are seen", () -> seen.size() == 2);
    assertThat(seen).containsExactlyInAnyOrder(new Request("", "red"), new Request("", "blue"));
  }

  @Test
  void triesAgainAfterAnyFailureAndCountsThem() {
    api.put("shop", "a", "red");
    var attempts = new AtomicInteger();
    run(
        controller(_ ->
            switch (attempts.incrementAndGet()) {
              case 1 -> throw Statuses.conflict("example.com", "widgets", "a");
              case 2 -> throw new Exception("checked");
              case 3 -> throw new StackOverflowError();
              default -> Result.DONE;
            }));
    eventually("the fourth attempt", () -> attempts.get() == 4);
    assertThat(controller.errors()).isEqualTo(3);
  }

  @Test
  void looksAgainAfterTheTimeThatTheReconcilerAsksFor() {
    api.put("shop", "a", "red");
    var delays = new ManualDelays();
    run(Controller.builder("test", this::seeHourly).watch(widgets).delays(delays).build());
    eventually("a timer is set", () -> delays.pending() == 1);
    assertThat(seen).hasSize(1);

    delays.advance(Duration.ofHours(1));
    eventually("a is seen again", () -> seen.size() == 2);
  }

  private Result seeHourly(Request request) {
    seen.add(request);
    return Result.after(Duration.ofHours(1));
  }

  @Test
  void worksOnSeveralRequestsAtATimeButNeverTwiceOnOne() throws Exception {
    Set<Request> inWork = ConcurrentHashMap.newKeySet();
    var overlaps = new AtomicInteger();
    var together = new CountDownLatch(3);
    run(
        Controller.builder(
                "test",
                request -> {
                  if (!inWork.add(request)) {
                    overlaps.incrementAndGet();
                  }
                  together.countDown();
                  together.await();
                  inWork.remove(request);
                  return see(request);
                })
            .watch(widgets)
            .workers(3)
            .build());
    for (int i = 0; i < 300; i++) {
      api.put("shop", "w" + i % 3, "c" + i);
    }
    assertThat(together.await(20, TimeUnit.SECONDS)).isTrue();
    eventually("all are done", () -> Set.copyOf(seen).size() == 3);
    controller.stop();
    assertThat(overlaps).hasValue(0);
  }

  @Test
  void finishesWhatIsQueuedWhenStopped() throws Exception {
    for (int i = 0; i < 10; i++) {
      api.put("shop", "w" + i, "red");
    }
    var first = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    run(
        controller(request -> {
          first.countDown();
          go.await();
          return see(request);
        }));
    first.await();
    eventually("synced", widgets::hasSynced);
    Thread stopper = Thread.ofVirtual().start(controller::stop);
    go.countDown();
    stopper.join();
    assertThat(seen).hasSize(10);
    assertThat(controller.ready()).isFalse();
  }

  @Test
  void stopsInAnyState() {
    controller.stop();
    var waiting = controller(this::see);
    waiting.start();
    waiting.stop();
    waiting.stop();
    assertThat(waiting.ready()).isFalse();
  }

  @Test
  void sharesOneInformerForEqualSelections() {
    assertThat(informers.of(Selection.all(WIDGETS))).isSameAs(widgets);
    assertThat(informers.of(new Selection(WIDGETS, "shop", "", ""))).isNotSameAs(widgets);
    informers.start();
    Informer late = informers.of(new Selection(WIDGETS, "late", "", ""));
    eventually("the late one has synced", late::hasSynced);
    eventually("all have", informers::ready);
  }
}
