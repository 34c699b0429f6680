package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.delete;
import static io.croft.store.embedded.Dsl.everything;
import static io.croft.store.embedded.Dsl.nextMessage;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.txn;
import static io.croft.store.embedded.Dsl.watchEverything;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.StoreException;
import io.croft.store.Txn;
import io.croft.store.WatchMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {
  private static final StoreConfig CONFIG = StoreConfig.defaults();

  @TempDir Path directory;

  private Path save(EmbeddedStore store) throws IOException {
    Path file = directory.resolve("snapshot");
    try (var out = Files.newOutputStream(file)) {
      store.snapshot(out);
    }
    return file;
  }

  @Test
  @Tag("S54")
  void restoresKeysAndLeasesAtAHigherRevision() throws IOException {
    List<KeyValue> before;
    Path file;
    try (EmbeddedStore store = StoreConfigs.inMemory()) {
      store.leases().grant(7, 600);
      put(store, "a", "1");
      put(store, "a", "2");
      put(store, "b", "3", 7);
      delete(store, put(store, "c", "4") > 0 ? "c" : "");
      before = all(store);
      file = save(store);
    }
    Path restored = directory.resolve("restored");
    assertThat(EmbeddedStore.restore(file, restored, 1000, CONFIG))
        .isEqualTo(new Snapshot(6, 1, 2));
    try (EmbeddedStore store = EmbeddedStore.open(restored, CONFIG)) {
      assertThat(all(store)).isEqualTo(before);
      assertThat(store.leases().timeToLive(7).keys()).containsExactly(b("b"));
      assertThat(store.revision()).isEqualTo(1006);
      assertThat(put(store, "a", "5")).isEqualTo(1007);
      assertThat(store.range(everything().atRevision(1006)).kvs()).isEqualTo(before);
      assertThatThrownBy(() -> store.range(everything().atRevision(1005)))
          .isInstanceOf(StoreException.Compacted.class);
      try (var stream = store.watchStream()) {
        stream.watch(watchEverything(6));
        assertThat(nextMessage(stream, WatchMessage.Canceled.class).compactRevision())
            .isEqualTo(1006);
      }
    }
    assertThat(EmbeddedStore.check(restored, CONFIG).problems()).isEmpty();
  }

  @Test
  @Tag("S54")
  void isOfOneRevisionWhileOthersWrite() throws Exception {
    try (EmbeddedStore store = StoreConfigs.inMemory();
        ExecutorService executor = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < 500; i++) {
        put(store, "key-" + i, "0");
      }
      Future<?> writer =
          executor.submit(() -> {
            for (int i = 0; i < 2_000; i++) {
              put(store, "key-" + i % 500, "" + i);
            }
          });
      for (int i = 0; i < 5; i++) {
        Path file = save(store);
        Path restored = directory.resolve("restored-" + i);
        long revision = EmbeddedStore.restore(file, restored, 1, CONFIG).revision();
        try (EmbeddedStore copy = EmbeddedStore.open(restored, CONFIG)) {
          assertThat(copy.hash(0)).isEqualTo(store.hash(revision));
          assertThat(all(copy)).isEqualTo(store.range(everything().atRevision(revision)).kvs());
        }
      }
      writer.get();
    }
  }

  /// Its log begins with the first frame, but does not have what came from the snapshot.
  @Test
  void aRestoredStoreIsNeverRebuiltFromItsLog() throws IOException {
    Path file;
    try (EmbeddedStore store = StoreConfigs.inMemory()) {
      put(store, "a", "1");
      file = save(store);
    }
    Path restored = directory.resolve("restored");
    EmbeddedStore.restore(file, restored, 1, CONFIG);
    try (var names = Files.list(restored)) {
      Path log =
          names
              .filter(f -> f.getFileName().toString().startsWith("wal-"))
              .findFirst()
              .orElseThrow();
      Files.write(log, new byte[100]);
    }
    try (EmbeddedStore store = EmbeddedStore.open(restored, CONFIG)) {
      assertThat(Dsl.value(store, "a")).isEqualTo("1");
      put(store, "b", "2");
    }
    Files.delete(restored.resolve(Opening.STATE_FILE));
    assertThatThrownBy(() -> EmbeddedStore.open(restored, CONFIG))
        .isInstanceOf(StoreException.Corrupt.class)
        .hasMessageContaining("restore a snapshot");
  }

  @Test
  void refusesADamagedSnapshotAndMakesNothing() throws IOException {
    byte[] good;
    try (EmbeddedStore store = StoreConfigs.inMemory()) {
      put(store, "a", "x".repeat(500));
      put(store, "b", "y".repeat(500));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      store.snapshot(out);
      good = out.toByteArray();
    }
    SplittableRandom random = new SplittableRandom(1);
    Path file = directory.resolve("damaged");
    Path restored = directory.resolve("restored");
    for (int i = 0; i < 200; i++) {
      byte[] bad = good.clone();
      int bit = random.nextInt(bad.length * 8);
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, i % 10 == 0 ? java.util.Arrays.copyOf(good, bit / 8) : bad);
      assertThatThrownBy(() -> EmbeddedStore.restore(file, restored, 1, CONFIG))
          .isInstanceOfAny(StoreException.Corrupt.class, UncheckedIOException.class);
      assertThat(restored).doesNotExist();
    }
  }

  @Test
  void refusesToRestoreOverAStore() throws IOException {
    Path file;
    try (EmbeddedStore store = StoreConfigs.inMemory()) {
      file = save(store);
    }
    Path taken = directory.resolve("taken");
    EmbeddedStore.open(taken, CONFIG).close();
    assertThatThrownBy(() -> EmbeddedStore.restore(file, taken, 1, CONFIG))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("not empty");
  }

  @Test
  void doesNotBeginAnEmptyStoreWhereARestoreWasCutOff() throws IOException {
    Path path = directory.resolve("store");
    Path begun = Files.createDirectory(directory.resolve("store.restoring"));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> EmbeddedStore.open(path, CONFIG))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("remove " + begun);
      assertThat(path).doesNotExist();
    }
    Files.delete(begun);
    EmbeddedStore.open(path, CONFIG).close();
    Files.createDirectory(begun);
    EmbeddedStore.open(path, CONFIG).close();
  }

  @Test
  void checkFindsASoundStoreSoundAndADamagedOneDamaged() throws IOException {
    Path path = directory.resolve("store");
    try (EmbeddedStore store = EmbeddedStore.open(path, CONFIG)) {
      store.leases().grant(1, 600);
      for (int i = 0; i < 300; i++) {
        put(store, "key-" + i % 100, "x".repeat(1000), i % 2);
      }
      Op put = Op.put(b("passing"), b("v"), 0);
      txn(store, nested(put), nested(Op.delete(b("passing"))));
    }
    CheckReport sound = EmbeddedStore.check(path, CONFIG);
    assertThat(sound.problems()).isEmpty();
    assertThat(sound.keys()).isEqualTo(100);
    assertThat(sound.leases()).isEqualTo(1);
    assertThat(sound.revision()).isEqualTo(302);
    Path state = path.resolve(Opening.STATE_FILE);
    byte[] bytes = Files.readAllBytes(state);
    bytes[bytes.length / 2] ^= 1;
    Files.write(state, bytes);
    assertThat(EmbeddedStore.check(path, CONFIG).isSound()).isFalse();
    assertThat(Files.readAllBytes(state)).isEqualTo(bytes);
    assertThatThrownBy(() -> EmbeddedStore.check(directory.resolve("absent"), CONFIG))
        .isInstanceOf(UncheckedIOException.class);
  }

  private static Op nested(Op op) {
    return new Op.Nested(new Txn(List.of(), List.of(op), List.of()));
  }
}
