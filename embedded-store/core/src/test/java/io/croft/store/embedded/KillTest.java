package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.value;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills a process with a store, on a real disk, while it writes and compacts.
class KillTest {
  private static final int KILLS = Integer.getInteger("croft.kills", 3);

  @TempDir Path directory;

  /// The process that is killed: counts up, compacts, and says each number once it is stored, with
  /// what is compacted.
  static final class Counter {
    public static void main(String[] args) {
      try (EmbeddedStore store = EmbeddedStore.open(Path.of(args[0]), StoreConfigs.onDisk())) {
        String known = value(store, "count");
        for (long i = known.equals("(absent)") ? 1 : Long.parseLong(known) + 1; ; i++) {
          put(store, "count", "" + i);
          long revision = put(store, "copy-" + i % 100, "x".repeat(1000));
          if (i % 100 == 0) {
            store.compact(revision);
          }
          System.out.println(i + " " + store.compactedRevision() + ".");
        }
      }
    }
  }

  /// What the process said last.
  private record Said(long number, long compacted) {}

  @Test
  @Tag("S15")
  @Tag("S43")
  void keepsEveryNumberAndCompactionThatWasSaid() throws Exception {
    Said said = new Said(0, 0);
    for (int i = 0; i < KILLS; i++) {
      said = countUntilKilled(300 * (i % 5 + 1) + 7 * i % 100, said);
      try (EmbeddedStore store = EmbeddedStore.open(directory, StoreConfigs.onDisk())) {
        assertThat(Long.parseLong(value(store, "count")))
            .isBetween(said.number(), said.number() + 1);
        assertThat(store.compactedRevision()).isGreaterThanOrEqualTo(said.compacted());
      }
      assertThat(EmbeddedStore.check(directory, StoreConfig.defaults()).problems()).isEmpty();
    }
  }

  private Said countUntilKilled(int numbers, Said before) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Counter.class.getName(),
                    directory.toString()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Said last = before;
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line; (line = out.readLine()) != null; ) {
        // The kill may come in the middle of a line.
        if (line.endsWith(".")) {
          int space = line.indexOf(' ');
          last =
              new Said(
                  Long.parseLong(line, 0, space, 10),
                  Long.parseLong(line, space + 1, line.length() - 1, 10));
        }
        if (--numbers == 0) {
          process
              .toHandle()
              .destroyForcibly(); // which, other than that of Process, leaves the pipe open
        }
      }
    }
    process.waitFor();
    return last;
  }
}
