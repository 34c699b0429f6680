package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.watchEverything;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.Bytes;
import io.croft.store.Event;
import io.croft.store.WatchMessage;
import io.croft.store.WatchMessage.Created;
import io.croft.store.WatchMessage.Events;
import io.croft.store.WatchMessage.Progress;
import io.croft.store.WatchRequest;
import io.croft.store.WatchStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What must hold for watches whatever the timing.
class WatchPropertiesTest {
  private static final int SCALE = Integer.getInteger("croft.watch.scale", 1);
  private static final String LAST = "zzz";

  /// Each stream has watches of random ranges and starts; its reader dawdles, asks for progress,
  /// and adds watches. Every watch must see exactly the changes in its range, and nothing may come
  /// after a progress that covers it.
  @Test
  @Tag("S17")
  @Tag("S24")
  void everyWatchSeesItsChangesOnceInOrderAndProgressNeverLies() throws Exception {
    int writes = 2_000 * SCALE;
    Consumer<StoreConfigs> settings =
        s -> {
          s.watchBufferBytes = 20_000;
          s.segmentBytes = Math.min(16 << 20, s.segmentBytes * SCALE);
          s.checkpointLogBytes *= SCALE;
        };
    try (EmbeddedStore store = StoreConfigs.inMemory(settings);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Reader>> readers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Reader reader = new Reader(store.watchStream(), new SplittableRandom(i), store);
        readers.add(threads.submit(reader));
      }
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        SplittableRandom random = new SplittableRandom(100 + i);
        writers.add(
            threads.submit(() -> {
              for (int n = 0; n < writes / 4; n++) {
                write(store, random);
              }
            }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
      long end = put(store, LAST, "end");
      List<Seen> history = history(store, end);
      for (Future<Reader> reader : readers) {
        reader.get().check(history);
      }
    }
  }

  private static void write(EmbeddedStore store, SplittableRandom random) {
    String key = "key-%03d".formatted(random.nextInt(200));
    if (random.nextInt(4) == 0) {
      Dsl.delete(store, key);
    } else {
      put(store, key, "x".repeat(random.nextInt(200)));
    }
  }

  /// An event, in little memory.
  private record Seen(long revision, Bytes key, int fingerprint) {
    static Seen of(Event event) {
      return new Seen(event.kv().modRevision(), event.kv().key(), event.hashCode());
    }
  }

  private static List<Seen> history(EmbeddedStore store, long end) {
    List<Seen> history = new ArrayList<>();
    try (WatchStream stream = store.watchStream()) {
      stream.watch(watchEverything(1));
      Dsl.nextMessage(stream, Created.class);
      for (long at = 0; at < end; ) {
        Events events = Dsl.nextMessage(stream, Events.class);
        events.events().forEach(event -> history.add(Seen.of(event)));
        at = events.revision();
      }
    }
    assertThat(history).hasSize((int) end - 1);
    return history;
  }

  /// What one watch asked for and was told: how many events, and a hash of all in their order.
  private static final class Told {
    private final WatchRequest request;
    private long from = Long.MAX_VALUE;
    private long count;
    private long hash;
    private long lastRevision;
    private boolean done;

    Told(WatchRequest request) {
      this.request = request;
    }

    boolean isDone() {
      return done;
    }

    void add(Seen seen) {
      count++;
      hash = hash * 31 + seen.fingerprint();
      assertThat(seen.revision()).isGreaterThan(lastRevision);
      lastRevision = seen.revision();
      done |= seen.key().equals(b(LAST));
    }

    void check(List<Seen> history) {
      Told expected = new Told(request);
      for (Seen seen : history) {
        if (seen.revision() >= from && seen.key().compareTo(request.key()) >= 0) {
          expected.add(seen);
        }
      }
      assertThat(count).as("events of %s from %d", request, from).isEqualTo(expected.count);
      assertThat(hash).as("content of %s from %d", request, from).isEqualTo(expected.hash);
    }
  }

  private static final class Reader implements Callable<Reader> {
    private final WatchStream stream;
    private final SplittableRandom random;
    private final EmbeddedStore store;
    private final Map<Long, Told> watches = new HashMap<>();
    private long progress;

    Reader(WatchStream stream, SplittableRandom random, EmbeddedStore store) {
      this.stream = stream;
      this.random = random;
      this.store = store;
      watch();
    }

    /// Every range ends with the last key, so that its end is seen.
    private void watch() {
      Bytes key = b("key-%03d".formatted(random.nextInt(200)));
      long start = random.nextInt(3) == 0 ? 0 : random.nextLong(1, store.revision() + 20);
      WatchRequest request =
          new WatchRequest(key, b(LAST).successor(), start, true, true, true, false);
      watches.put(stream.watch(request), new Told(request));
    }

    @Override
    public Reader call() {
      try (stream) {
        while (!watches.values().stream().allMatch(Told::isDone)) {
          take(Dsl.nextMessage(stream));
          switch (random.nextInt(30)) {
            case 0 -> LockSupport.parkNanos(random.nextInt(3_000_000));
            case 1, 2, 3 -> stream.requestProgress();
            case 4 -> {
              if (watches.size() < 10) {
                watch();
              }
            }
            default -> {}
          }
        }
      }
      return this;
    }

    private void take(WatchMessage message) {
      switch (message) {
        case Created(long id, long revision) -> {
          Told told = told(id);
          long start = told.request.startRevision();
          told.from = start == 0 ? revision + 1 : start;
        }
        case Events(long id, long revision, List<Event> events) -> {
          for (Event event : events) {
            // A watch that was created after a progress may ask for older history.
            if (told(id).from > progress) {
              assertThat(event.kv().modRevision()).isGreaterThan(progress);
            }
            assertThat(event.kv().modRevision()).isLessThanOrEqualTo(revision);
          }
          events.forEach(event -> told(id).add(Seen.of(event)));
        }
        case Progress(long id, long revision) -> {
          assertThat(id).isEqualTo(-1);
          assertThat(revision).isGreaterThanOrEqualTo(progress);
          progress = revision;
        }
        case WatchMessage.Canceled canceled -> throw new AssertionError(canceled);
      }
    }

    private Told told(long id) {
      return Objects.requireNonNull(watches.get(id));
    }

    void check(List<Seen> history) {
      watches.values().forEach(told -> told.check(history));
    }
  }

  @Test
  @Tag("S27")
  void aSleepingReaderTakesBoundedMemoryAndLaterGetsEverything() {
    int writes = 3_000 * SCALE;
    String value = "x".repeat(1000);
    try (EmbeddedStore store = StoreConfigs.inMemory(s -> s.watchBufferBytes = 50_000);
        WatchStream sleeper = store.watchStream();
        WatchStream awake = store.watchStream()) {
      sleeper.watch(watchEverything(0));
      awake.watch(watchEverything(0));
      Dsl.nextMessage(awake, Created.class);
      for (int i = 0; i < writes; i++) {
        put(store, "key-" + i % 10, value);
        assertThat(Dsl.events(awake, 1)).hasSize(1);
      }
      assertThat(EmbeddedStore.waitingBytes(sleeper)).isLessThan(60_000);
      Dsl.nextMessage(sleeper, Created.class);
      List<Long> revisions = new ArrayList<>();
      while (revisions.size() < writes) {
        Dsl.nextMessage(sleeper, Events.class).events().stream()
            .map(e -> e.kv().modRevision())
            .forEach(revisions::add);
      }
      assertThat(revisions).hasSize(writes).isSorted().doesNotHaveDuplicates();
    }
  }
}
