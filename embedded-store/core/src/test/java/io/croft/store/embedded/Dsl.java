package io.croft.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.Bytes;
import io.croft.store.Compare;
import io.croft.store.Event;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.Store;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import io.croft.store.WatchMessage;
import io.croft.store.WatchRequest;
import io.croft.store.WatchStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Short ways to say in a test what is done to a store.
final class Dsl {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private Dsl() {}

  static Bytes b(String text) {
    return Bytes.utf8(text);
  }

  static long put(Store store, String key, String value) {
    return put(store, key, value, 0);
  }

  static long put(Store store, String key, String value, long lease) {
    return txn(store, Op.put(b(key), b(value), lease)).revision();
  }

  static long delete(Store store, String key) {
    return txn(store, Op.delete(b(key))).revision();
  }

  static TxnResult txn(Store store, Op... ops) {
    return store.txn(new Txn(List.of(), List.of(ops), List.of()));
  }

  /// kube-apiserver's create: fails when the key is there.
  static TxnResult createKey(Store store, String key, String value) {
    return store.txn(
        new Txn(
            List.of(Compare.modRevision(b(key), 0)),
            List.of(Op.put(b(key), b(value), 0)),
            List.of()));
  }

  /// kube-apiserver's update of what was read at `mod`.
  static TxnResult update(Store store, String key, long mod, String value) {
    return store.txn(
        new Txn(
            List.of(Compare.modRevision(b(key), mod)),
            List.of(Op.put(b(key), b(value), 0)),
            List.of(Op.get(b(key)))));
  }

  static List<KeyValue> all(Store store) {
    return store.range(everything()).kvs();
  }

  static RangeRequest everything() {
    return RangeRequest.range(Bytes.wrap(new byte[1]), Bytes.wrap(new byte[1]));
  }

  static WatchRequest watchEverything(long startRevision) {
    Bytes zero = Bytes.wrap(new byte[1]);
    return new WatchRequest(zero, zero, startRevision, true, true, true, false);
  }

  /// `key=value` of each.
  static List<String> texts(List<KeyValue> kvs) {
    return kvs.stream().map(kv -> kv.key() + "=" + kv.value()).toList();
  }

  static String value(Store store, String key) {
    List<KeyValue> kvs = store.range(RangeRequest.key(b(key))).kvs();
    return kvs.isEmpty() ? "(absent)" : kvs.getFirst().value().asUtf8();
  }

  static WatchMessage nextMessage(WatchStream stream) {
    try {
      return Objects.requireNonNull(stream.poll(PATIENCE), "no message within " + PATIENCE);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  static <M extends WatchMessage> M nextMessage(WatchStream stream, Class<M> kind) {
    WatchMessage message = nextMessage(stream);
    assertThat(message).isInstanceOf(kind);
    return kind.cast(message);
  }

  /// The events of the next messages, until there are at least `count`, as `PUT
  /// key=value@revision`.
  static List<String> events(WatchStream stream, int count) {
    List<String> events = new ArrayList<>();
    while (events.size() < count) {
      nextMessage(stream, WatchMessage.Events.class).events().forEach(e -> events.add(text(e)));
    }
    return events;
  }

  /// The events of the next messages, until one says that it covers all up to `revision`.
  static List<String> eventsUpTo(WatchStream stream, long revision) {
    List<String> events = new ArrayList<>();
    WatchMessage.Events message;
    do {
      message = nextMessage(stream, WatchMessage.Events.class);
      message.events().forEach(e -> events.add(text(e)));
    } while (message.revision() < revision);
    return events;
  }

  private static String text(Event e) {
    return e.kind() + " " + e.kv().key() + "=" + e.kv().value() + "@" + e.kv().modRevision();
  }

  static void eventually(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("%s within %s", what, PATIENCE).isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
