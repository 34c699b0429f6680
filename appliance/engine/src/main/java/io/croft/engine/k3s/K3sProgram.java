package io.croft.engine.k3s;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An executable k3s.
///
/// @param version what it says of itself
public record K3sProgram(Path file, K3sVersion version) {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int MAX_ANSWER = 4096;
  private static final Pattern VERSION = Pattern.compile("^k3s version (\\S+)", Pattern.MULTILINE);

  /// Asks a program for its version.
  ///
  /// @throws IOException when it is no k3s; the message says what it is instead
  public static K3sProgram of(Path file) throws IOException {
    if (!Files.isRegularFile(file) || !Files.isExecutable(file)) {
      throw new IOException(file + " is not an executable file");
    }
    String answer = ask(file);
    Matcher version = VERSION.matcher(answer);
    if (!version.find()) {
      throw new IOException(
          "%s is no k3s: asked for its version it says \"%s\""
              .formatted(file, answer.lines().findFirst().orElse("")));
    }
    try {
      return new K3sProgram(file, K3sVersion.parse(version.group(1)));
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "%s: version %s: %s".formatted(file, version.group(1), e.getMessage()), e);
    }
  }

  private static String ask(Path file) throws IOException {
    var builder = new ProcessBuilder(file.toString(), "--version").redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("K3S_"));
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      // It says little; one that says more is cut off, and one that says nothing is not waited for.
      var answer = new FutureTask<>(() -> process.getInputStream().readNBytes(MAX_ANSWER));
      Thread.ofVirtual().start(answer);
      byte[] bytes = answer.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      return new String(bytes, StandardCharsets.UTF_8).strip();
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(file + " does not tell its version", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
