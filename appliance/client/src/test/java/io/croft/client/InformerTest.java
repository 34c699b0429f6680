package io.croft.client;

import static io.croft.client.Eventually.eventually;
import static io.croft.client.FakeApi.WIDGETS;
import static io.croft.client.FakeApi.colour;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.croft.model.ApiObject;
import io.croft.model.Statuses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InformerTest {
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 0.5);

  private final FakeApi api = new FakeApi();
  private final Informer informer =
      new Informer(new ApiClient(api, "tester"), Selection.all(WIDGETS), BACKOFF);
  private final List<String> changes = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    informer.stop();
  }

  private void startAndSync() throws InterruptedException {
    informer.start();
    assertThat(informer.awaitSynced(Eventually.DEADLINE)).isTrue();
  }

  private void record(@Nullable ApiObject before, @Nullable ApiObject after) {
    changes.add(text(before) + ">" + text(after));
  }

  private static String text(@Nullable ApiObject object) {
    return object == null ? "" : object.name() + ":" + colour(object);
  }

  private List<String> cached() {
    return informer.list().stream().map(InformerTest::text).toList();
  }

  @Test
  void tellsHandlersOfEveryChange() throws Exception {
    api.put("shop", "a", "red");
    informer.addHandler(this::record);
    assertThat(informer.hasSynced()).isFalse();
    startAndSync();
    assertThat(changes).containsExactly(">a:red");

    api.put("shop", "a", "blue");
    api.put("shop", "b", "red");
    api.remove("shop", "a");
    eventually("four changes", () -> changes.size() == 4);
    assertThat(changes).containsExactly(">a:red", "a:red>a:blue", ">b:red", "a:blue>");
    assertThat(cached()).containsExactly("b:red");
  }

  @Test
  void ordersAndSelectsByNamespace() throws Exception {
    api.put("b", "x", "red");
    api.put("a", "z", "red");
    api.put("a", "y", "blue");
    api.put("ab", "w", "blue");
    startAndSync();
    assertThat(cached()).containsExactly("y:blue", "z:red", "w:blue", "x:red");
    assertThat(informer.list("a")).extracting(ApiObject::name).containsExactly("y", "z");
    assertThat(informer.get("b", "x")).isPresent();
    assertThat(informer.get("a", "x")).isEmpty();
  }

  @Test
  void findsByIndexAlsoWhatChanges() throws Exception {
    informer.addIndex("colour", widget -> List.of(colour(widget)));
    api.put("shop", "a", "red");
    api.put("shop", "b", "red");
    startAndSync();
    assertThat(informer.byIndex("colour", "red")).hasSize(2);

    api.put("shop", "a", "blue");
    api.remove("shop", "b");
    eventually("b is gone", () -> informer.get("shop", "b").isEmpty());
    assertThat(informer.byIndex("colour", "red")).isEmpty();
    assertThat(informer.byIndex("colour", "blue")).extracting(ApiObject::name).containsExactly("a");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> informer.byIndex("size", "1"))
        .withMessage("there is no index size; there are [colour]");
  }

  @Test
  void indexesWhatIsThereWhenTheIndexIsAdded() throws Exception {
    api.put("shop", "a", "red");
    startAndSync();
    informer.addIndex("colour", widget -> List.of(colour(widget)));
    assertThat(informer.byIndex("colour", "red")).hasSize(1);
  }

  @Test
  void keepsNoFieldsThatNobodyReadsWhetherListedOrWatched() throws Exception {
    api.put("shop", "a", "red");
    var small =
        new Informer(
            new ApiClient(api, "tester"), Selection.all(WIDGETS).without("spec.colour"), BACKOFF);
    try {
      small.start();
      assertThat(small.awaitSynced(Eventually.DEADLINE)).isTrue();
      api.put("shop", "b", "red");
      eventually("b is there", () -> small.list().size() == 2);
      assertThat(small.list()).extracting(FakeApi::colour).containsExactly("", "");
    } finally {
      small.stop();
    }
  }

  @Test
  void tellsAHandlerThatComesLateWhatIsThere() throws Exception {
    api.put("shop", "a", "red");
    startAndSync();
    informer.addHandler(this::record);
    assertThat(changes).containsExactly(">a:red");
  }

  @Test
  void resumesABrokenWatchWithoutANewList() throws Exception {
    startAndSync();
    api.put("shop", "a", "red");
    eventually("a is here", () -> cached().size() == 1);
    api.cutWatches();
    api.put("shop", "b", "red");
    eventually("b is here", () -> cached().size() == 2);
    assertThat(lists()).isOne();
  }

  @Test
  void resumesFromABookmark() throws Exception {
    startAndSync();
    eventually("the watch is open", () -> api.openWatches() == 1);
    api.bookmark();
    eventually("the watch after it", () -> reopenedFrom("101"));
  }

  /// Cuts the watch until one begins at `version`.
  private boolean reopenedFrom(String version) {
    api.cutWatches();
    return api.requests().stream().anyMatch(r -> r.contains("resourceVersion=" + version + "&"));
  }

  private long lists() {
    return api.requests().stream().filter(request -> !request.contains("watch=true")).count();
  }

  @Test
  void listsAnewWhenItsVersionIsGoneAndFindsWhatItMissed() throws Exception {
    api.put("shop", "kept", "red");
    api.put("shop", "changed", "red");
    api.put("shop", "deleted", "red");
    startAndSync();
    eventually("the watch is open", () -> api.openWatches() == 1);
    informer.addHandler(this::record);
    changes.clear();

    api.fail(new UncheckedIOException(new IOException("connection refused")));
    synchronized (api) {
      api.cutWatches();
      api.put("shop", "changed", "blue");
      api.remove("shop", "deleted");
      api.put("shop", "added", "red");
      api.compact();
    }
    eventually("three changes", () -> changes.size() == 3);
    assertThat(changes)
        .containsExactlyInAnyOrder("changed:red>changed:blue", "deleted:red>", ">added:red");
    assertThat(cached()).containsExactly("added:red", "changed:blue", "kept:red");
    assertThat(lists()).isEqualTo(2);
  }

  @Test
  void listsAnewOnAnErrorEventThatSaysExpired() throws Exception {
    startAndSync();
    eventually("the watch is open", () -> api.openWatches() == 1);
    api.error(Statuses.expired("too old"));
    eventually("a second list", () -> lists() == 2);
  }

  @Test
  void triesAgainUntilTheServerAnswers() throws Exception {
    api.put("shop", "a", "red");
    for (int i = 0; i < 5; i++) {
      api.fail(Statuses.serviceUnavailable("starting"));
      api.fail(new IllegalStateException("a defect"));
    }
    startAndSync();
    assertThat(cached()).containsExactly("a:red");
    assertThat(lists()).isEqualTo(11);
  }

  @Test
  void outlivesAHandlerThatFails() throws Exception {
    informer.addHandler((_, _) -> {
      throw new IllegalStateException("a defect");
    });
    informer.addHandler(this::record);
    startAndSync();
    api.put("shop", "a", "red");
    api.put("shop", "b", "red");
    eventually("both changes", () -> changes.size() == 2);
  }

  @Test
  void stopsInAnyState() throws Exception {
    informer.stop();

    var running = new Informer(new ApiClient(api, "tester"), Selection.all(WIDGETS), BACKOFF);
    running.start();
    assertThat(running.awaitSynced(Eventually.DEADLINE)).isTrue();
    running.stop();
    running.stop();
    assertThat(api.openWatches()).isZero();
  }

  @Test
  void canBeStoppedByItsOwnHandler() throws Exception {
    informer.addHandler((_, _) -> informer.stop());
    api.put("shop", "a", "red");
    startAndSync();
    eventually("the watch has ended", () -> api.openWatches() == 0);
  }

  /// Writers, broken connections and compactions at random: in the end the cache, its index and
  /// what the handler was told all agree with the server, and no change was told from a wrong
  /// beginning.
  @Test
  void agreesWithTheServerAfterAnyDisturbance() throws Exception {
    informer.addIndex("colour", widget -> List.of(colour(widget)));
    Map<String, String> told = new ConcurrentHashMap<>();
    informer.addHandler((before, after) -> follow(told, before, after));
    informer.start();
    var random = ThreadLocalRandom.current();
    Map<String, String> expected = new HashMap<>();
    for (int i = 0; i < 3_000; i++) {
      String name = "w" + random.nextInt(20);
      switch (random.nextInt(40)) {
        case 0 -> api.cutWatches();
        case 1 -> {
          synchronized (api) {
            api.cutWatches();
            api.compact();
          }
        }
        case 2 -> api.fail(Statuses.serviceUnavailable("overload"));
        case 3, 4, 5, 6, 7, 8, 9, 10 -> {
          if (expected.remove(name) != null) {
            api.remove("shop", name);
          }
        }
        default -> {
          expected.put(name, "c" + i);
          api.put("shop", name, "c" + i);
        }
      }
    }
    eventually("the cache has caught up", () -> state().equals(expected));
    informer.stop();
    assertThat(told).isEqualTo(expected);
    expected.forEach((_, colour) -> assertThat(informer.byIndex("colour", colour)).hasSize(1));
    assertThat(changes).isEmpty();
  }

  private Map<String, String> state() {
    return informer.list().stream().collect(Collectors.toMap(ApiObject::name, FakeApi::colour));
  }

  private void follow(
      Map<String, String> told, @Nullable ApiObject before, @Nullable ApiObject after) {
    ApiObject some = after == null ? before : after;
    if (some == null) {
      changes.add("nothing changed");
      return;
    }
    String known = after == null ? told.remove(some.name()) : told.put(some.name(), colour(after));
    String expected = before == null ? null : colour(before);
    if (!Objects.equals(known, expected)) {
      changes.add(some.name() + " was " + known + ", not " + expected);
    }
  }
}
