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

/// Kills a process with a store, on a real disk, while it writes.
class KillTest {
  private static final int KILLS = Integer.getInteger("croft.kills", 3);

  @TempDir Path directory;

  /// The process that is killed: counts up, and says each number once it is stored.
  static final class Counter {
    public static void main(String[] args) {
      try (EmbeddedStore store = EmbeddedStore.open(Path.of(args[0]), StoreConfigs.onDisk())) {
        String known = value(store, "count");
        for (long i = known.equals("(absent)") ? 1 : Long.parseLong(known) + 1; ; i++) {
          long revision = put(store, "count", "" + i);
          put(store, "copy-" + i % 100, "x".repeat(1000));
          System.out.println(i + " " + revision);
        }
      }
    }
  }

  @Test
  @Tag("S43")
  void keepsEveryNumberThatWasSaid() throws Exception {
    long said = 0;
    for (int i = 0; i < KILLS; i++) {
      said = Math.max(said, countUntilKilled(300 * (i + 1)));
      try (EmbeddedStore store = EmbeddedStore.open(directory, StoreConfigs.onDisk())) {
        assertThat(Long.parseLong(value(store, "count"))).isBetween(said, said + 1);
      }
      assertThat(EmbeddedStore.check(directory, StoreConfig.defaults()).problems()).isEmpty();
    }
  }

  /// @return the last number that the process said
  private long countUntilKilled(int numbers) throws IOException, InterruptedException {
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
    long last = 0;
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line; (line = out.readLine()) != null; ) {
        // The kill may come in the middle of a line.
        last = line.contains(" ") ? Long.parseLong(line, 0, line.indexOf(' '), 10) : last;
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
