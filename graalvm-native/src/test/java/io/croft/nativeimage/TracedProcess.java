package io.croft.nativeimage;

import io.croft.nativeimage.trace.TraceAgent;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/// A Java process with the agent, whose notes and output go to files.
final class TracedProcess implements AutoCloseable {
  /// What it reads from its standard input.
  static final String PASSWORD = "correct horse battery";

  private static final long LIMIT_SECONDS = 300;

  private final Process process;
  private final Path output;

  private TracedProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /// @param directory where the agent, its notes and the output are
  static TracedProcess start(Path directory, String... main) throws IOException {
    Path output = Files.createTempFile(directory, "output", ".txt");
    Path notes = Files.createTempFile(directory, "notes", ".txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.add("-javaagent:" + agent(directory) + "=" + notes);
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Xmx384m",
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    command.add("--class-path");
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(main));
    var builder =
        new ProcessBuilder(command)
            .redirectInput(input(directory))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("XDG_STATE_HOME", directory.resolve("state").toString());
    return new TracedProcess(builder.start(), output);
  }

  private static File input(Path directory) throws IOException {
    return Files.writeString(directory.resolve("input.txt"), PASSWORD).toFile();
  }

  /// The notes of all processes that were started with this directory.
  static List<String> notes(Path directory) throws IOException {
    List<String> notes = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(file -> name(file).startsWith("notes")).toList()) {
        notes.addAll(Files.readAllLines(file));
      }
    }
    return notes;
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String output() throws IOException {
    return Files.readString(output);
  }

  /// Asks it to end, as an operator would.
  void stop() {
    process.destroy();
  }

  void awaitSuccess() throws IOException, InterruptedException {
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new AssertionError("a traced process did not end well:\n" + output());
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /// The agent as a jar: Java takes none from a directory.
  private static synchronized Path agent(Path directory) throws IOException {
    Path jar = directory.resolve("agent.jar");
    if (Files.exists(jar)) {
      return jar;
    }
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", TraceAgent.class.getName());
    String folder = TraceAgent.class.getPackageName().replace('.', '/');
    try (OutputStream out = Files.newOutputStream(jar);
        var classes = new JarOutputStream(out, manifest);
        Stream<Path> files = Files.list(classes())) {
      files.forEach(file -> add(classes, folder + "/" + file.getFileName(), file));
    }
    return jar;
  }

  private static Path classes() {
    String own = TraceAgent.class.getSimpleName() + ".class";
    return Path.of(Objects.requireNonNull(TraceAgent.class.getResource(own)).getPath())
        .resolveSibling("");
  }

  private static void add(JarOutputStream jar, String name, Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      jar.putNextEntry(new JarEntry(name));
      in.transferTo(jar);
      jar.closeEntry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
