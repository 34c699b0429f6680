package io.croft.fleet.agent.component;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs scripts, one at a time, each in a session of its own, so that it can be ended with all that
/// it has started. An agent that was killed leaves its script running; the next one ends that
/// before it runs another, and never takes one for ended that is just about to begin:
///
/// | file | since when |
/// |---|---|
/// | `pending` | before the process is started |
/// | `process` | written by the process itself, before it does anything: who it is |
/// | `started` | `pending` renamed by the process, after that; if `pending` is gone, it does nothing |
final class ScriptRunner {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(20);

  private static final String LAUNCH =
      "cat \"/proc/$$/stat\" "
          + BOOT_ID
          + " > \"$0/process\" && mv \"$0/pending\" \"$0/started\" && exec \"$@\"";

  /// Where `session` and `starttime` stand in what follows the command's name in proc(5)'s `stat`.
  private static final int SESSION = 3;

  private static final int START_TICKS = 19;

  private final Path directory;

  /// @param directory of its own
  ScriptRunner(Path directory) {
    this.directory = directory;
  }

  /// What came of a script.
  ///
  /// @param exit 0 when it succeeded
  /// @param output the end of what it has said
  record Outcome(int exit, boolean timedOut, String output) {
    boolean succeeded() {
      return exit == 0 && !timedOut;
    }

    /// In one line: how it ended, and the last thing that it said.
    String summary(String script, Duration timeout) {
      String how =
          timedOut
              ? "was ended after %d s".formatted(timeout.toSeconds())
              : "ended with %d".formatted(exit);
      String last = output.strip().lines().reduce("", (_, line) -> line);
      return "%s %s%s".formatted(script, how, last.isEmpty() ? "" : ": " + last);
    }
  }

  /// Ends what an agent before this one has left.
  void recover() throws IOException, InterruptedException {
    AtomicFiles.ensurePrivateDirectory(directory);
    if (!Files.deleteIfExists(pending()) && Files.exists(started())) {
      killLeftover(Files.readString(process()));
    }
    clear();
  }

  /// @param environment all that it has
  /// @throws InterruptedException after it was ended
  Outcome run(Path script, Path workingDirectory, Map<String, String> environment, Duration timeout)
      throws IOException, InterruptedException {
    recover();
    Files.createFile(pending());
    var line = new ArrayList<>(List.of("setsid", "/bin/sh", "-c", LAUNCH, directory.toString()));
    line.addAll(interpreted(script));
    var builder =
        new ProcessBuilder(line)
            .directory(workingDirectory.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    try (var output = new OutputTail(process.getInputStream())) {
      boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended || process.exitValue() != 0) {
        end(process); // what it has started in the background, too
      }
      return new Outcome(process.waitFor(), !ended, output.text());
    } catch (InterruptedException e) {
      kill(process.pid());
      throw e;
    } finally {
      clear();
    }
  }

  /// With its own interpreter if it names one.
  private static List<String> interpreted(Path script) throws IOException {
    try (var in = Files.newInputStream(script)) {
      boolean named = new String(in.readNBytes(2), StandardCharsets.US_ASCII).equals("#!");
      return named ? List.of(script.toString()) : List.of("/bin/sh", script.toString());
    }
  }

  private static void end(Process process) throws IOException, InterruptedException {
    if (process.isAlive()) {
      members(process.pid()).forEach(ProcessHandle::destroy);
      process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    }
    kill(process.pid());
  }

  private static void killLeftover(String known) throws IOException, InterruptedException {
    List<String> lines = known.lines().toList();
    if (lines.size() != 2 || !lines.get(1).equals(Files.readString(BOOT_ID).strip())) {
      return; // it ended with the machine
    }
    String pid = lines.getFirst().substring(0, lines.getFirst().indexOf(' '));
    List<String> now = fields(stat(pid));
    boolean reused =
        now.size() > START_TICKS
            && !now.get(START_TICKS).equals(fields(lines.getFirst()).get(START_TICKS));
    if (!reused) {
      kill(Long.parseLong(pid));
    }
  }

  /// Ends all of a session, and waits until that is so. No other process gets the number of a
  /// session that still has members.
  private static void kill(long session) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + GRACE.toNanos();
    List<ProcessHandle> members = members(session);
    while (!members.isEmpty()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("processes of a script do not end (session %d)".formatted(session));
      }
      members.forEach(ProcessHandle::destroyForcibly);
      Thread.sleep(POLL);
      members = members(session);
    }
  }

  private static List<ProcessHandle> members(long session) throws IOException {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .map(path -> path.getFileName().toString())
          .filter(name -> name.matches("\\d+"))
          .filter(pid -> isMember(fields(stat(pid)), session))
          .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
          .toList();
    }
  }

  /// What has ended, and was not asked by its parent for its exit code, does nothing any more.
  private static boolean isMember(List<String> fields, long session) {
    return fields.size() > SESSION
        && fields.get(SESSION).equals(Long.toString(session))
        && !fields.getFirst().equals("Z");
  }

  /// Empty when it has ended meanwhile.
  private static String stat(String pid) {
    try {
      return Files.readString(Path.of("/proc", pid, "stat"));
    } catch (IOException e) {
      return "";
    }
  }

  /// What follows the command's name, which may have anything in it.
  private static List<String> fields(String stat) {
    return List.of(stat.substring(stat.lastIndexOf(')') + 1).strip().split(" "));
  }

  private void clear() throws IOException {
    Files.deleteIfExists(pending());
    Files.deleteIfExists(started());
    Files.deleteIfExists(process());
  }

  private Path pending() {
    return directory.resolve("pending");
  }

  private Path started() {
    return directory.resolve("started");
  }

  private Path process() {
    return directory.resolve("process");
  }
}
