package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A program to run to its end.
///
/// @param environment added to that of this process
/// @param input what it reads from its standard input
record Command(List<String> line, Map<String, String> environment, String input) {
  /// Far more than any command needs; it only ends one that hangs.
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  /// What came of it.
  record Output(List<String> line, int exit, String out, String err) {
    /// @return this, when it exited with 0
    Output succeeded() {
      return exited(0);
    }

    Output exited(int expected) {
      assertThat(exit).as(this::toString).isEqualTo(expected);
      return this;
    }

    /// The standard output without the white space around it.
    String text() {
      return out.strip();
    }

    @Override
    public String toString() {
      return String.join(" ", line) + " → exit " + exit + "\n" + out + err;
    }
  }

  static Command of(String... line) {
    return new Command(List.of(line), Map.of(), "");
  }

  Command with(String name, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(name, value);
    return new Command(line, Map.copyOf(more), input);
  }

  Command reading(String text) {
    return new Command(line, environment, text);
  }

  /// Starts it, both outputs going to `out` and `err`.
  Process start(Path out, Path err) {
    var builder = new ProcessBuilder(line).redirectOutput(out.toFile()).redirectError(err.toFile());
    // What tests are told by variables is not for the programs that they run.
    builder.environment().keySet().removeIf(name -> name.startsWith("CROFT_"));
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + line, e);
    }
  }

  Output run() {
    try {
      Path out = Files.createTempFile("croft-smoke", ".out");
      Path err = Files.createTempFile("croft-smoke", ".err");
      try {
        Process process = start(out, err);
        if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly().waitFor();
          throw new AssertionError(
              line + " has not ended in " + DEADLINE + "\n" + read(out) + read(err));
        }
        return new Output(line, process.exitValue(), read(out), read(err));
      } finally {
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
