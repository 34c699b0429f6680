package io.croft.store.etcd;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs `etcdctl`, or `etcdutl` without endpoints.
record Etcdctl(Path program) {
  private static final long TIMEOUT_SECONDS = 60;

  /// @return what it wrote to both outputs
  String run(String endpoints, String input, String... arguments) {
    Process process = start(endpoints, arguments);
    try {
      process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      end(process);
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The first lines that a command writes which does not end by itself.
  List<String> firstLines(String endpoints, int count, String... arguments) {
    Process process = start(endpoints, arguments);
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader = process.inputReader()) {
      for (String line; lines.size() < count && (line = reader.readLine()) != null; ) {
        lines.add(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      process.destroyForcibly();
    }
    return lines;
  }

  /// A command that does not end by itself.
  Process start(String endpoints, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    if (!endpoints.isEmpty()) {
      command.add("--endpoints=" + endpoints);
    }
    command.addAll(List.of(arguments));
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("ETCDCTL_API", "3");
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void end(Process process) {
    try {
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
