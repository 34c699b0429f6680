package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.delete;
import static io.croft.store.embedded.Dsl.events;
import static io.croft.store.embedded.Dsl.nextMessage;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.txn;
import static io.croft.store.embedded.Dsl.watchEverything;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.Bytes;
import io.croft.store.Event;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.StoreException;
import io.croft.store.WatchMessage;
import io.croft.store.WatchMessage.Canceled;
import io.croft.store.WatchMessage.Created;
import io.croft.store.WatchMessage.Events;
import io.croft.store.WatchMessage.Progress;
import io.croft.store.WatchRequest;
import io.croft.store.WatchStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class WatchTest {
  private EmbeddedStore store;
  private WatchStream stream;

  @BeforeEach
  void open() {
    store = StoreConfigs.inMemory();
    stream = store.watchStream();
  }

  @AfterEach
  void close() {
    stream.close();
    store.close();
  }

  @Test
  @Tag("S16")
  void answersEachWatchInOrderWithItsIdAndTheCurrentRevision() {
    put(store, "a", "1");
    assertThat(stream.watch(watchEverything(0))).isZero();
    assertThat(stream.watch(watchEverything(2))).isEqualTo(1);
    put(store, "a", "2");
    assertThat(nextMessage(stream)).isEqualTo(new Created(0, 2));
    assertThat(nextMessage(stream)).isEqualTo(new Created(1, 2));
    try (WatchStream other = store.watchStream()) {
      assertThat(other.watch(watchEverything(0))).isZero();
      assertThat(nextMessage(other)).isEqualTo(new Created(0, 3));
    }
  }

  @Test
  @Tag("S18")
  void tellsAllChangesOfARevisionInOneMessage() {
    stream.watch(watchEverything(0));
    nextMessage(stream, Created.class);
    txn(store, Op.put(b("c"), b("1"), 0), Op.put(b("a"), b("2"), 0), Op.put(b("b"), b("3"), 0));
    Events live = nextMessage(stream, Events.class);
    assertThat(live.events()).extracting(e -> e.kv().key()).containsExactly(b("c"), b("a"), b("b"));
    assertThat(live.events()).extracting(e -> e.kv().modRevision()).containsOnly(2L);
    assertThat(live.revision()).isEqualTo(2);
    stream.watch(watchEverything(2));
    nextMessage(stream, Created.class);
    assertThat(nextMessage(stream, Events.class)).isEqualTo(new Events(1, 2, live.events()));
  }

  @Test
  @Tag("S19")
  void givesPreviousValuesExceptForCreationsAndBareDeletes() {
    stream.watch(watchEverything(0));
    nextMessage(stream, Created.class);
    put(store, "a", "1");
    put(store, "a", "2");
    delete(store, "a");
    KeyValue first = new KeyValue(b("a"), b("1"), 2, 2, 1, 0);
    KeyValue second = new KeyValue(b("a"), b("2"), 2, 3, 2, 0);
    KeyValue bare = new KeyValue(b("a"), Bytes.EMPTY, 0, 4, 0, 0);
    List<Event> expected =
        List.of(
            new Event(Event.Kind.PUT, first, null),
            new Event(Event.Kind.PUT, second, first),
            new Event(Event.Kind.DELETE, bare, second));
    for (Event event : expected) {
      assertThat(nextMessage(stream, Events.class).events()).containsExactly(event);
    }
    stream.watch(watchEverything(1));
    nextMessage(stream, Created.class);
    assertThat(nextMessage(stream, Events.class).events()).isEqualTo(expected);
  }

  @Test
  @Tag("S19")
  void leavesPreviousValuesOutWhenTheyAreNotAskedFor() {
    put(store, "a", "1");
    put(store, "a", "2");
    stream.watch(new WatchRequest(b("a"), Bytes.EMPTY, 3, true, true, false, false));
    nextMessage(stream, Created.class);
    put(store, "a", "3");
    for (int i = 0; i < 2; i++) {
      assertThat(nextMessage(stream, Events.class).events().getFirst().previous()).isNull();
    }
  }

  @Test
  @Tag("S20")
  void cancelsAWatchWhoseHistoryIsGoneAndSaysWhatIsLeft() {
    put(store, "a", "1");
    put(store, "a", "2");
    put(store, "a", "3");
    store.compact(3);
    stream.watch(watchEverything(2));
    Canceled canceled = nextMessage(stream, Canceled.class);
    assertThat(canceled.compactRevision()).isEqualTo(3);
    stream.watch(watchEverything(3));
    nextMessage(stream, Created.class);
    assertThat(events(stream, 2)).containsExactly("PUT a=2@3", "PUT a=3@4");
  }

  @Test
  @Tag("S20")
  void cancelsAWatchThatFallsBehindTheCompaction() {
    for (int i = 0; i < 10; i++) {
      put(store, "a", "" + i);
    }
    stream.watch(watchEverything(2));
    store.compact(8);
    nextMessage(stream, Created.class);
    assertThat(nextMessage(stream, Canceled.class).compactRevision()).isEqualTo(8);
  }

  @Test
  @Tag("S21")
  void tellsAWatchOfTheFutureNothingBeforeItsStart() throws InterruptedException {
    stream.watch(watchEverything(4));
    nextMessage(stream, Created.class);
    put(store, "a", "2");
    stream.requestProgress();
    put(store, "a", "3");
    assertThat(stream.poll(Duration.ofMillis(50))).isNull();
    put(store, "a", "4");
    assertThat(events(stream, 1)).containsExactly("PUT a=4@4");
    assertThat(nextMessage(stream)).isEqualTo(new Progress(-1, 4));
  }

  @Test
  @Tag("S22")
  void cancelsOnRequestAndIgnoresUnknownIds() throws InterruptedException {
    stream.watch(watchEverything(0));
    stream.watch(watchEverything(0));
    nextMessage(stream, Created.class);
    nextMessage(stream, Created.class);
    stream.cancel(77);
    stream.cancel(0);
    stream.cancel(0);
    assertThat(nextMessage(stream)).isEqualTo(new Canceled(0, 1, 0, "watch canceled"));
    put(store, "a", "1");
    assertThat(nextMessage(stream, Events.class).watchId()).isEqualTo(1);
    assertThat(stream.poll(Duration.ofMillis(20))).isNull();
  }

  @Test
  @Tag("S22")
  void cancelsAWatchThatWantsToStartBeforeTheBeginning() {
    stream.watch(watchEverything(-1));
    assertThat(nextMessage(stream)).isInstanceOf(Canceled.class);
  }

  @Test
  @Tag("S23")
  void filtersPutsAndDeletesFromHistoryAndLive() {
    put(store, "a", "1");
    delete(store, "a");
    Bytes zero = Bytes.wrap(new byte[1]);
    stream.watch(new WatchRequest(zero, zero, 1, false, true, true, false));
    stream.watch(new WatchRequest(zero, zero, 1, true, false, true, false));
    nextMessage(stream, Created.class);
    nextMessage(stream, Created.class);
    assertThat(nextMessage(stream, Events.class).events())
        .extracting(Event::kind)
        .containsExactly(Event.Kind.DELETE);
    assertThat(nextMessage(stream, Events.class).events())
        .extracting(Event::kind)
        .containsExactly(Event.Kind.PUT);
    put(store, "b", "1");
    delete(store, "b");
    for (int i = 0; i < 2; i++) {
      Events events = nextMessage(stream, Events.class);
      assertThat(events.events())
          .extracting(Event::kind)
          .containsExactly(events.watchId() == 0 ? Event.Kind.DELETE : Event.Kind.PUT);
    }
  }

  @Test
  void tellsOnlyWhatIsInTheRange() {
    stream.watch(new WatchRequest(b("a"), Bytes.EMPTY, 0, true, true, true, false));
    stream.watch(WatchRequest.prefix(b("a/"), 0));
    for (String key : List.of("a", "a/", "a/1", "a0", "b")) {
      put(store, key, "");
    }
    put(store, "a", "end");
    nextMessage(stream, Created.class);
    nextMessage(stream, Created.class);
    assertThat(events(stream, 4))
        .containsExactly("PUT a=@2", "PUT a/=@3", "PUT a/1=@4", "PUT a=end@7");
  }

  @Test
  @Tag("S25")
  void answersAProgressRequestAfterAllThatCameBefore() {
    stream.watch(watchEverything(1));
    stream.watch(watchEverything(0));
    put(store, "a", "1");
    put(store, "a", "2");
    stream.requestProgress();
    long told = 0;
    WatchMessage message = nextMessage(stream);
    for (; !(message instanceof Progress); message = nextMessage(stream)) {
      told += message instanceof Events events ? events.events().size() : 0;
    }
    assertThat(message).isEqualTo(new Progress(-1, 3));
    assertThat(told).isEqualTo(4);
  }

  @Test
  @Tag("S26")
  void givesIdleWatchesThatAskedTheirProgress() {
    try (EmbeddedStore quick =
            StoreConfigs.inMemory(s -> s.progressInterval = Duration.ofMillis(30));
        WatchStream idle = quick.watchStream()) {
      put(quick, "other", "1");
      idle.watch(WatchRequest.prefix(b("a"), 0));
      idle.watch(new WatchRequest(b("a"), Bytes.EMPTY, 0, true, true, true, false));
      nextMessage(idle, Created.class);
      nextMessage(idle, Created.class);
      put(quick, "other", "2");
      Progress progress = nextMessage(idle, Progress.class);
      assertThat(progress.watchId()).isZero();
      assertThat(progress.revision()).isEqualTo(3);
      assertThat(nextMessage(idle)).isEqualTo(new Progress(0, 3));
    }
  }

  @Test
  void endsAWaitingPollWhenItIsClosed() throws Exception {
    Thread closer = Thread.ofVirtual().start(stream::close);
    assertThat(stream.poll(Dsl.PATIENCE)).isNull();
    closer.join();
    put(store, "a", "1");
    assertThat(stream.poll(Duration.ZERO)).isNull();
    assertThatThrownBy(() -> stream.watch(watchEverything(0)))
        .isInstanceOf(StoreException.Closed.class);
  }

  @Test
  void endsAWaitingPollWhenTheStoreIsClosed() throws Exception {
    stream.watch(watchEverything(0));
    nextMessage(stream, Created.class);
    Thread closer = Thread.ofVirtual().start(store::close);
    assertThat(stream.poll(Dsl.PATIENCE)).isNull();
    closer.join();
  }

  @Test
  void refusesMoreUnreadAnswersThanItsBufferHolds() {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100_000; i++) {
                stream.watch(watchEverything(0));
              }
            })
        .isInstanceOf(StoreException.Overloaded.class);
  }
}
