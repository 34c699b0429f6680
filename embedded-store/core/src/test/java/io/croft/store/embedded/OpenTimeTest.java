package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.b;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.Op;
import io.croft.store.Txn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How long opening takes with many keys and a long log; it is printed, as it is the machine's
/// affair. `-Dcroft.open.keys=1000000` for what matters.
class OpenTimeTest {
  private static final int KEYS = Integer.getInteger("croft.open.keys", 20_000);
  private static final int LOG_BYTES = 100 * KEYS;

  @TempDir Path directory;

  @Test
  @Tag("S49")
  void opensManyKeysAndALongLog() throws IOException {
    Path path = directory.resolve("store");
    Path killed = directory.resolve("killed");
    StoreConfig config =
        StoreConfig.defaults().withCheckpointEvery(1L << 30).withMemory(64 << 20, 1L << 30);
    try (EmbeddedStore store = EmbeddedStore.open(path, config)) {
      fill(store);
    }
    long revision;
    long closing;
    try (EmbeddedStore store = timedOpen("after a clean close", path, config)) {
      write(store, LOG_BYTES / 1_000);
      revision = store.revision();
      copy(path, killed);
      closing = System.nanoTime();
    }
    say("closing", closing);
    try (EmbeddedStore store = timedOpen("after a kill", killed, config)) {
      assertThat(store.revision()).isEqualTo(revision);
      assertThat(store.status().keys()).isEqualTo(KEYS);
    }
  }

  private static void fill(EmbeddedStore store) {
    List<Op> puts = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      puts.add(Op.put(b("/registry/things/%07d".formatted(i)), b("x".repeat(200)), 0));
      if (puts.size() == 100) {
        store.txn(new Txn(List.of(), puts, List.of()));
        puts.clear();
      }
    }
  }

  /// Values of about 1 KB, one per revision.
  private static void write(EmbeddedStore store, int count) {
    for (int i = 0; i < count; i += 100) {
      List<Op> puts = new ArrayList<>();
      for (int j = i; j < i + 100; j++) {
        int key = (int) (j * 7919L % KEYS);
        puts.add(Op.put(b("/registry/things/%07d".formatted(key)), b("y".repeat(950)), 0));
      }
      store.txn(new Txn(List.of(), puts, List.of()));
    }
  }

  private static EmbeddedStore timedOpen(String what, Path path, StoreConfig config) {
    long begin = System.nanoTime();
    EmbeddedStore store = EmbeddedStore.open(path, config);
    say("opening %d keys and %d MB of log %s".formatted(KEYS, logBytes(path) >> 20, what), begin);
    return store;
  }

  private static long logBytes(Path path) {
    try (var files = Files.list(path)) {
      return files
          .filter(f -> f.getFileName().toString().matches("wal-[0-9a-f]+"))
          .mapToLong(f -> f.toFile().length())
          .sum();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void say(String what, long begin) {
    System.out.printf("measured: %s: %d ms%n", what, (System.nanoTime() - begin) / 1_000_000);
  }

  /// What a kill would leave.
  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
