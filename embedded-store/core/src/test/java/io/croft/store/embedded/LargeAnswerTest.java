package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.everything;
import static io.croft.store.embedded.Dsl.nextMessage;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.txn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.StoreException.Invalid;
import io.croft.store.WatchMessage;
import io.croft.store.WatchStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Answers that would not fit into memory, which here is small.
class LargeAnswerTest {
  private static final int ANSWER = 100_000;
  private static final int WATCH_BUFFERS = 100_000;

  private EmbeddedStore store;

  @BeforeEach
  void fill() {
    store = StoreConfigs.inMemory(new HeapShares(ANSWER, 1 << 20, WATCH_BUFFERS));
    for (int i = 0; i < 9; i++) {
      put(store, "key-" + i, "x".repeat(10_000));
    }
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static void assertTooLarge(Runnable request) {
    assertThatExceptionOfType(Invalid.class)
        .isThrownBy(request::run)
        .withMessage("request is too large");
  }

  @Test
  void areRefusedForOneRangeUnlessItHasALimit() {
    assertThat(all(store)).hasSize(9);
    put(store, "key-9", "x".repeat(10_000));
    assertTooLarge(() -> all(store));
    assertTooLarge(() -> txn(store, new Op.Range(everything())));
    assertThat(store.range(everything().withLimit(5)).kvs()).hasSize(5);
    assertThat(store.range(everything().withoutValues()).kvs()).hasSize(10);
  }

  @Test
  void areRefusedForAllOfATransactionWhichChangesNothing() {
    long before = store.revision();
    Op range = new Op.Range(everything());
    assertTooLarge(() -> txn(store, Op.put(b("other"), b("v"), 0), range, range));
    assertThat(store.revision()).isEqualTo(before);
    assertThat(Dsl.value(store, "other")).isEqualTo("(absent)");
    assertThat(txn(store, Op.put(b("other"), b("v"), 0), range).results()).hasSize(2);
  }

  @Test
  void areRefusedForValuesThatAreKept() {
    List<Op> puts = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      puts.add(new Op.Put(b("key-" + i), Bytes.EMPTY, 0, false, true, false));
    }
    assertTooLarge(() -> txn(store, puts.toArray(Op[]::new)));
    txn(store, puts.subList(0, 4).toArray(Op[]::new));
  }

  @Test
  void waitInWatchStreamsOnlyAsFarAsThereIsRoomForAll() {
    List<WatchStream> streams = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      WatchStream stream = store.watchStream();
      stream.watch(Dsl.watchEverything(0));
      nextMessage(stream, WatchMessage.Created.class);
      streams.add(stream);
    }
    long first = store.revision() + 1;
    for (int i = 0; i < 20; i++) {
      put(store, "new-" + i, "x".repeat(3_000));
    }
    long waiting = streams.stream().mapToLong(EmbeddedStore::waitingBytes).sum();
    assertThat(waiting).isBetween(20 * 3_000L, WATCH_BUFFERS + 20 * 4_000L);
    for (WatchStream stream : streams) {
      List<Long> revisions = new ArrayList<>();
      while (revisions.size() < 20) {
        nextMessage(stream, WatchMessage.Events.class)
            .events()
            .forEach(event -> revisions.add(event.kv().modRevision()));
      }
      assertThat(revisions).isEqualTo(LongStream.range(first, first + 20).boxed().toList());
      stream.close();
    }
  }
}
