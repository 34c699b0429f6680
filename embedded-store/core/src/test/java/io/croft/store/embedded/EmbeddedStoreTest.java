package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.createKey;
import static io.croft.store.embedded.Dsl.delete;
import static io.croft.store.embedded.Dsl.events;
import static io.croft.store.embedded.Dsl.nextMessage;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.texts;
import static io.croft.store.embedded.Dsl.watchEverything;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.KeyValue;
import io.croft.store.RangeRequest;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.WatchMessage;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreTest {
  @TempDir Path directory;

  private EmbeddedStore open() {
    return EmbeddedStore.open(directory, StoreConfig.defaults());
  }

  @Test
  @Tag("S1")
  void beginsAtRevisionOneAndFirstPutIsTwo() {
    try (Store store = open()) {
      assertThat(store.revision()).isEqualTo(1);
      assertThat(store.compactedRevision()).isZero();
      assertThat(put(store, "a", "1")).isEqualTo(2);
      assertThat(store.range(RangeRequest.key(b("a"))).revision()).isEqualTo(2);
    }
  }

  @Test
  void keepsEverythingOverACleanRestart() {
    try (Store store = open()) {
      put(store, "a", "1");
      put(store, "b", "2");
      put(store, "a", "3");
      delete(store, "b");
    }
    try (Store store = open()) {
      assertThat(store.revision()).isEqualTo(5);
      assertThat(texts(all(store))).containsExactly("a=3");
      assertThat(texts(store.range(Dsl.everything().atRevision(3)).kvs()))
          .containsExactly("a=1", "b=2");
      assertThat(put(store, "c", "4")).isEqualTo(6);
    }
  }

  @Test
  void tellsAWatchItsHistoryAndThenWhatIsNew() {
    try (Store store = open();
        var stream = store.watchStream()) {
      put(store, "a", "1");
      delete(store, "a");
      stream.watch(watchEverything(2));
      assertThat(nextMessage(stream)).isEqualTo(new WatchMessage.Created(0, 3));
      assertThat(events(stream, 2)).containsExactly("PUT a=1@2", "DELETE a=@3");
      createKey(store, "b", "2");
      assertThat(events(stream, 1)).containsExactly("PUT b=2@4");
    }
  }

  @Test
  @Tag("S46")
  void refusesADirectoryThatIsInUse() {
    try (Store store = open()) {
      put(store, "a", "1");
      assertThatThrownBy(this::open)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(directory.getFileName().toString())
          .hasMessageContaining("in use");
      assertThat(put(store, "a", "2")).isEqualTo(3);
    }
    open().close();
  }

  @Test
  void refusesEverythingOnceClosed() {
    Store store = open();
    store.close();
    store.close();
    assertThatThrownBy(() -> put(store, "a", "1")).isInstanceOf(StoreException.Closed.class);
    assertThatThrownBy(() -> all(store)).isInstanceOf(StoreException.Closed.class);
    assertThatThrownBy(store::watchStream).isInstanceOf(StoreException.Closed.class);
    assertThatThrownBy(() -> store.compact(1)).isInstanceOf(StoreException.Closed.class);
    assertThatThrownBy(() -> scan(store, 0, kv -> {})).isInstanceOf(StoreException.Closed.class);
  }

  private static long scan(Store store, long at, Consumer<KeyValue> consumer) {
    return store.read(view -> {
      view.scan(
          b("a"),
          b("c"),
          at,
          kv -> {
            consumer.accept(kv);
            return true;
          });
      return view.revision();
    });
  }

  @Test
  void aScanIsOfOneRevisionWhateverIsWrittenAndCompactedMeanwhile() {
    try (Store store = open()) {
      put(store, "a", "1");
      put(store, "b", "1");
      put(store, "c", "1");
      List<String> seen = new ArrayList<>();
      long revision =
          scan(
              store,
              0,
              kv -> {
                delete(store, "b");
                if (store.compactedRevision() < store.revision()) {
                  store.compact(store.revision());
                }
                seen.add(kv.key() + "=" + kv.value());
              });
      assertThat(revision).isEqualTo(4);
      assertThat(seen).containsExactly("a=1", "b=1");
      assertThat(store.revision()).isEqualTo(5);
      assertThatThrownBy(() -> scan(store, 4, kv -> {}))
          .isInstanceOf(StoreException.Compacted.class);
      assertThatThrownBy(() -> scan(store, 9, kv -> {}))
          .isInstanceOf(StoreException.FutureRevision.class);
    }
  }

  @Test
  @Tag("S33")
  void saysWhatItHasAndTakes() {
    try (EmbeddedStore store = open()) {
      put(store, "a", "1");
      put(store, "a", "2");
      delete(store, "a");
      put(store, "b", "3");
      StoreStatus status = store.status();
      assertThat(status.revision()).isEqualTo(5);
      assertThat(status.keys()).isEqualTo(1);
      assertThat(status.changes()).isEqualTo(4);
      assertThat(status.stateBytes()).isPositive();
      assertThat(status.logBytes()).isPositive();
      assertThat(status.isFull()).isFalse();
    }
  }

  @Test
  void keepsItsFilesFromOtherUsers() throws Exception {
    Path inner = directory.resolve("store");
    EmbeddedStore.open(inner, StoreConfig.defaults()).close();
    assertThat(permissions(inner)).isEqualTo("rwx------");
    try (var files = Files.list(inner)) {
      assertThat(files)
          .isNotEmpty()
          .allSatisfy(f -> assertThat(permissions(f)).isEqualTo("rw-------"));
    }
  }

  private static String permissions(Path path) throws java.io.IOException {
    return java.nio.file.attribute.PosixFilePermissions.toString(
        Files.getPosixFilePermissions(path));
  }
}
