package io.croft.store.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.Txn;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A copy of a store: a snapshot, and the changes that follow it.
class ChangesTest {
  private static final Duration SOON = Duration.ofMillis(50);
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration NOT_LONG = Duration.ofMillis(20);
  private static final int MUCH = 1 << 20;

  @TempDir Path directory;

  private EmbeddedStore open(String name) {
    return EmbeddedStore.open(directory.resolve(name), StoreConfig.defaults());
  }

  private static long put(Store store, String key, String value) {
    return txn(store, List.of(Op.put(Bytes.utf8(key), Bytes.utf8(value), 0)));
  }

  private static long txn(Store store, List<Op> ops) {
    return store.txn(new Txn(List.of(), ops, List.of())).revision();
  }

  private static Map<String, String> content(Store store) {
    var content = new TreeMap<String, String>();
    Bytes zero = Bytes.wrap(new byte[1]);
    for (KeyValue kv : store.range(RangeRequest.range(zero, zero)).kvs()) {
      content.put(kv.key().asUtf8(), kv.value().asUtf8());
    }
    return content;
  }

  private Path snapshot(EmbeddedStore store) throws IOException {
    var bytes = new ByteArrayOutputStream();
    store.snapshot(bytes);
    return Files.write(directory.resolve("snapshot"), bytes.toByteArray());
  }

  private Map<String, String> restored(Path snapshot, Path changes, long after) throws IOException {
    Path target = directory.resolve("restored");
    EmbeddedStore.restore(snapshot, target, 1_000_000, StoreConfig.defaults());
    try (EmbeddedStore store = EmbeddedStore.open(target, StoreConfig.defaults())) {
      ChangeFile.apply(changes, after, store);
      return content(store);
    }
  }

  /// Of random transactions, some with several keys or a range of them, taken while others write.
  @Test
  void aSnapshotAndTheChangesSinceMakeTheSameStore() throws Exception {
    Path file = directory.resolve("changes");
    var random = new SplittableRandom(7);
    var over = new AtomicBoolean();
    try (EmbeddedStore store = open("store")) {
      put(store, "a", "before");
      Path snapshot = snapshot(store);
      long begin = store.revision();
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 300; i++) {
                  txn(store, ops(random, i));
                }
                over.set(true);
              });
      try (ChangeFile changes = ChangeFile.open(file, begin)) {
        while (!over.get() || changes.revision() < store.revision()) {
          changes.add(Changes.after(changes.revision(), store, SOON, NOT_LONG, 4_000));
        }
      }
      writer.join();
      assertThat(restored(snapshot, file, begin)).isEqualTo(content(store));
    }
  }

  private static List<Op> ops(SplittableRandom random, int i) {
    if (i % 10 == 9) {
      String from = "k" + random.nextInt(10);
      return List.of(new Op.Delete(Bytes.utf8(from), Bytes.utf8(from + "5"), false));
    }
    var ops = new ArrayList<Op>();
    int first = random.nextInt(50);
    for (int n = 0; n <= random.nextInt(5); n++) {
      Bytes key = Bytes.utf8("k" + (first + n));
      ops.add(
          random.nextInt(4) == 0
              ? Op.delete(key)
              : Op.put(key, Bytes.utf8("v" + i + "x".repeat(random.nextInt(300))), 0));
    }
    return ops;
  }

  @Test
  void waitsForAChangeAndTellsWhenThereWasNone() throws Exception {
    try (EmbeddedStore store = open("store")) {
      put(store, "a", "1");
      assertThat(Changes.after(store.revision(), store, SOON, NOT_LONG, MUCH)).isEmpty();
      long before = store.revision();
      Thread later =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  Thread.sleep(SOON);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                put(store, "a", "2");
              });
      assertThat(Changes.after(before, store, LONG, NOT_LONG, MUCH)).isNotEmpty();
      later.join();
    }
  }

  @Test
  void keysKeepTheirLeases() throws Exception {
    Path file = directory.resolve("changes");
    try (EmbeddedStore store = open("store")) {
      put(store, "a", "1");
      long begin = store.revision();
      Path snapshot = snapshot(store);
      store.leases().grant(17, 3600);
      txn(store, List.of(Op.put(Bytes.utf8("event"), Bytes.utf8("x"), 17)));
      try (ChangeFile changes = ChangeFile.open(file, begin)) {
        changes.add(Changes.after(begin, store, LONG, NOT_LONG, MUCH));
      }
      Path target = directory.resolve("restored");
      EmbeddedStore.restore(snapshot, target, 1000, StoreConfig.defaults());
      try (EmbeddedStore copy = EmbeddedStore.open(target, StoreConfig.defaults())) {
        ChangeFile.apply(file, begin, copy);
        assertThat(copy.leases().timeToLive(17).ttlSeconds()).isEqualTo(3600);
        assertThat(copy.leases().timeToLive(17).keys()).containsExactly(Bytes.utf8("event"));
        copy.leases().revoke(17);
        assertThat(content(copy)).containsOnlyKeys("a");
      }
    }
  }

  @Test
  void whatIsForgottenOrNotThereYetIsRefused() throws Exception {
    try (EmbeddedStore store = open("store")) {
      put(store, "a", "1");
      long old = store.revision();
      put(store, "a", "2");
      put(store, "a", "3");
      store.compact(store.revision());
      assertThatThrownBy(() -> Changes.after(old, store, LONG, NOT_LONG, MUCH))
          .isInstanceOf(StoreException.Compacted.class);
      assertThatThrownBy(() -> Changes.after(store.revision() + 1, store, LONG, NOT_LONG, MUCH))
          .isInstanceOf(StoreException.FutureRevision.class);
    }
  }

  /// After a crash the file may end anywhere.
  @Test
  void whatACrashLeavesAtTheEndIsCutOffAndFetchedAgain() throws Exception {
    Path file = directory.resolve("changes");
    try (EmbeddedStore store = open("store")) {
      put(store, "a", "1");
      Path snapshot = snapshot(store);
      long begin = store.revision();
      for (int i = 0; i < 5; i++) {
        put(store, "k" + i, "v" + i);
      }
      byte[] all = Changes.after(begin, store, LONG, NOT_LONG, MUCH);
      for (int cut = 0; cut < all.length; cut += 7) {
        Files.write(file, Arrays.copyOf(all, cut));
        try (ChangeFile changes = ChangeFile.open(file, begin)) {
          assertThat(changes.revision()).isBetween(begin, store.revision());
          changes.add(Changes.after(changes.revision(), store, LONG, NOT_LONG, MUCH));
          assertThat(changes.revision()).isEqualTo(store.revision());
        }
        assertThat(file).hasBinaryContent(all);
      }
      byte[] flipped = all.clone();
      flipped[all.length / 2] ^= 1;
      Files.write(file, new byte[0]);
      try (ChangeFile changes = ChangeFile.open(file, begin)) {
        assertThatThrownBy(() -> changes.add(flipped)).isInstanceOf(StoreException.Corrupt.class);
        assertThat(changes.revision()).isEqualTo(begin);
        changes.add(all);
        assertThatThrownBy(() -> changes.add(all)).isInstanceOf(StoreException.Corrupt.class);
      }
      assertThat(restored(snapshot, file, begin)).isEqualTo(content(store));
    }
  }

  /// A lease with many keys ends at one revision.
  @Test
  void oneRevisionMayChangeMoreThanATransactionMay() throws Exception {
    Path file = directory.resolve("changes");
    try (EmbeddedStore store = open("store")) {
      for (int i = 0; i < 500; i++) {
        put(store, "many/" + i, "x");
      }
      put(store, "other", "x");
      Path snapshot = snapshot(store);
      long begin = store.revision();
      Bytes prefix = Bytes.utf8("many/");
      txn(store, List.of(new Op.Delete(prefix, prefix.prefixEnd(), false)));
      try (ChangeFile changes = ChangeFile.open(file, begin)) {
        changes.add(Changes.after(begin, store, LONG, NOT_LONG, MUCH));
      }
      assertThat(restored(snapshot, file, begin)).containsOnlyKeys("other");
    }
  }
}
