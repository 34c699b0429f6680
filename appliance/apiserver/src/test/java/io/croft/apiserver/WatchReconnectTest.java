package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.TestApi.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A watcher that comes and goes all the time, while several clients write and history is
/// compacted, is told of every change once and in order: from where it left, or, where that is no
/// longer to be had, from a list that it makes anew.
///
/// `-Dcroft.watch.reconnects=1000` for a long run, `-Dcroft.watch.seed` for another.
final class WatchReconnectTest {
  private static final int RECONNECTS = Integer.getInteger("croft.watch.reconnects", 60);
  private static final long SEED = Long.getLong("croft.watch.seed", 1);
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final int WRITERS = 3;
  private static final int OBJECTS_OF_A_WRITER = 4;

  /// Not known: the answer to a deletion does not tell.
  private static final long UNKNOWN = -1;

  /// A change as its writer knows it.
  ///
  /// @param version of the object after it
  /// @param value what the object says then; of a deletion, what it said last
  record Write(long version, boolean exists, boolean labelled, String value) {}

  /// An event as the watcher must see it.
  record Expected(String type, long version, String value) {}

  @TempDir Path directory;

  /// By object, in the order in which they were made; an object has a single writer.
  private final Map<String, List<Write>> writes = new ConcurrentHashMap<>();

  /// How many writes each writer has written down.
  private final AtomicLongArray written = new AtomicLongArray(WRITERS);

  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Throwable> troubles = new CopyOnWriteArrayList<>();

  @ParameterizedTest
  @ValueSource(strings = {"", "on=yes"})
  void losesRepeatsAndReordersNothing(String selector) throws Exception {
    try (TestApi api = new TestApi(directory)) {
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        threads.add(start(() -> write(api, writer)));
      }
      threads.add(start(() -> compact(api)));
      var watcher = new Watcher(api, selector);
      try {
        watcher.list();
        var random = new Random(SEED);
        for (int i = 0; i < RECONNECTS; i++) {
          watcher.watch(random.nextInt(12));
        }
      } finally {
        over.set(true);
        for (Thread thread : threads) {
          thread.join();
        }
      }
      assertThat(troubles).isEmpty();
      while (!watcher.hasSeenAll()) {
        watcher.watch(1);
      }
      assertThat(watcher.events).as("events").isGreaterThan(RECONNECTS);
      assertThat(watcher.lists).as("lists, as history went").isGreaterThan(RECONNECTS / 100);
    }
  }

  private Thread start(Runnable work) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            work.run();
          } catch (RuntimeException | Error e) {
            troubles.add(e);
          }
        });
  }

  private void write(TestApi api, int writer) {
    var random = new Random(SEED * 31 + writer);
    var present = new HashMap<String, Boolean>();
    for (int n = 0; !over.get(); n++) {
      String name = "w" + writer + "-" + random.nextInt(OBJECTS_OF_A_WRITER);
      List<Write> made = writes.computeIfAbsent(name, _ -> new CopyOnWriteArrayList<>());
      boolean there = present.getOrDefault(name, false);
      if (there && random.nextInt(4) == 0) {
        assertThat(api.delete(MAPS + "/" + name).code()).isEqualTo(200);
        Write last = made.getLast();
        made.add(new Write(UNKNOWN, false, last.labelled(), last.value()));
        present.put(name, false);
      } else {
        boolean labelled = random.nextBoolean();
        String labels = labelled ? ",\"labels\":{\"on\":\"yes\"}" : "";
        String object =
            "{\"metadata\":{\"name\":\"%s\"%s},\"data\":{\"n\":\"%d\"}}".formatted(name, labels, n);
        Answer answer = there ? api.put(MAPS + "/" + name, object) : api.post(MAPS, object);
        assertThat(answer.code()).as(answer.body().toString()).isLessThan(300);
        long version = Long.parseLong(answer.text("metadata", "resourceVersion"));
        made.add(new Write(version, true, labelled, Integer.toString(n)));
        present.put(name, true);
      }
      written.incrementAndGet(writer);
      LockSupport.parkNanos(500_000);
    }
  }

  private void compact(TestApi api) {
    var random = new Random(SEED * 37);
    while (!over.get()) {
      long behind = random.nextInt(3) == 0 ? 0 : random.nextInt(60);
      long revision = api.store.revision() - behind;
      if (revision > api.store.compactedRevision()) {
        api.store.compact(revision);
      }
      LockSupport.parkNanos(random.nextInt(20_000_000));
    }
  }

  /// A client that keeps account of what it is told.
  private final class Watcher {
    private final TestApi api;
    private final String selector;
    private final Map<String, Integer> next = new HashMap<>();
    private long version;
    private int events;
    private int lists;

    Watcher(TestApi api, String selector) {
      this.api = api;
      this.selector = selector;
    }

    private String query(String more) {
      return MAPS
          + "?labelSelector="
          + URLEncoder.encode(selector, StandardCharsets.UTF_8)
          + "&"
          + more;
    }

    /// The events that the writes of an object must bring about, as far as they are known by now.
    private List<Expected> expected(String name) {
      var expected = new ArrayList<Expected>();
      boolean was = false;
      String shown = "";
      for (Write write : writes.getOrDefault(name, List.of())) {
        boolean is = write.exists() && (selector.isEmpty() || write.labelled());
        if (is) {
          expected.add(new Expected(was ? "MODIFIED" : "ADDED", write.version(), write.value()));
          shown = write.value();
        } else if (was) {
          expected.add(new Expected("DELETED", write.version(), shown));
        }
        was = is;
      }
      return expected;
    }

    /// Begins anew, from a list in pages.
    void list() throws Exception {
      while (!listed()) {
        // history went between two pages
      }
      lists++;
    }

    private boolean listed() throws Exception {
      var found = new HashMap<String, Long>();
      String token = "";
      do {
        Answer page = api.get(query("limit=5&continue=" + token));
        if (page.code() == 410) {
          return false;
        }
        assertThat(page.code()).as(page.body().toString()).isEqualTo(200);
        for (JsonNode item : page.body().path("items")) {
          String name = item.at("/metadata/name").asText();
          if (name.startsWith("w")) {
            found.put(name, item.at("/metadata/resourceVersion").asLong());
          }
        }
        version = Long.parseLong(page.text("metadata", "resourceVersion"));
        token = page.text("metadata", "continue");
      } while (!token.isEmpty());
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        long then = written.get(writer);
        // What it was about to write down then may be in the list.
        TestControlPlane.eventually(
            "writer " + writer + " goes on", () -> over.get() || written.get(writer) > then);
        for (int object = 0; object < OBJECTS_OF_A_WRITER; object++) {
          String name = "w" + writer + "-" + object;
          next.put(name, from(name, found.get(name)));
        }
      }
      return true;
    }

    /// Which of an object's events is the first that a list does not contain.
    private int from(String name, @Nullable Long listed) {
      List<Expected> events = expected(name);
      int first = 0;
      for (int i = 0; i < events.size(); i++) {
        Expected event = events.get(i);
        if (listed != null && event.version() == listed) {
          return i + 1;
        }
        if (event.version() != UNKNOWN && event.version() <= version) {
          first = i + 1;
        }
      }
      assertThat(listed).as(name + " in a list of " + version).isNull();
      // What is not there has been deleted, if it ever was there.
      return first > 0 && !events.get(first - 1).type().equals("DELETED") ? first + 1 : first;
    }

    void watch(int most) throws Exception {
      try (var watch = api.watch(query("watch=1&resourceVersion=" + version))) {
        for (int i = 0; i < most && !hasSeenAllThatWillCome(); i++) {
          ObjectNode event = watch.nextEvent();
          if (event.path("type").asText().equals("ERROR")) {
            assertThat(event.at("/object/code").asInt()).as(event.toString()).isEqualTo(410);
            list();
            return;
          }
          take(event);
        }
      }
    }

    private void take(ObjectNode event) throws Exception {
      String name = event.at("/object/metadata/name").asText();
      long told = event.at("/object/metadata/resourceVersion").asLong();
      assertThat(told).as("after " + version + ": " + event).isGreaterThan(version);
      version = told;
      int index = next.getOrDefault(name, 0);
      next.put(name, index + 1);
      events++;
      TestControlPlane.eventually(
          "the writer of " + name + " knows of " + event, () -> expected(name).size() > index);
      Expected expected = expected(name).get(index);
      assertThat(event.path("type").asText())
          .as(event + " for " + expected)
          .isEqualTo(expected.type());
      assertThat(event.at("/object/data/n").asText())
          .as(event.toString())
          .isEqualTo(expected.value());
      if (expected.version() != UNKNOWN) {
        assertThat(told).as(event.toString()).isEqualTo(expected.version());
      }
    }

    private boolean hasSeenAllThatWillCome() {
      return over.get() && hasSeenAll();
    }

    boolean hasSeenAll() {
      return writes.keySet().stream()
          .allMatch(name -> next.getOrDefault(name, 0) == expected(name).size());
    }
  }
}
