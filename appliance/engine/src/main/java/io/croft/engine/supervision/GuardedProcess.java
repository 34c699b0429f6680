package io.croft.engine.supervision;

import io.croft.base.RunningProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A program in a process group of its own, which does not outlive this process: a shell beside it
/// waits for the end of a pipe that only this process holds, and then ends it. What the shell could
/// not do, because it was killed as well, is done before the next start, by the file that says
/// which process it was.
///
/// Asked to end is the program alone; what it has started is not, so that the containers of a
/// Kubernetes node live on.
final class GuardedProcess {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedProcess.class);

  /// How long the shell may take beyond the program itself.
  private static final Duration MARGIN = Duration.ofSeconds(5);

  private static final Duration POLL = Duration.ofMillis(50);

  /// The file is that of [RunningProcess]: a number, and when the process was born by proc(5).
  private static final String GUARD =
      """
      file=$1 tenths=$2
      shift 2
      exec 3<&0 </dev/null
      if command -v setsid >/dev/null 2>&1; then
        setsid "$@" 3<&- &
      else
        "$@" 3<&- &
      fi
      child=$!
      {
        boot=$(cat /proc/sys/kernel/random/boot_id)
        stat=$(cat "/proc/$child/stat")
        set -- ${stat##*) }
        echo "$child $boot/${20}" >"$file.new" && mv "$file.new" "$file"
      } 2>/dev/null
      {
        while read -r _ <&3; do :; done
        kill -TERM "$child"
        while kill -0 "$child" && [ "$tenths" -gt 0 ]; do
          sleep 0.1
          tenths=$((tenths - 1))
        done
        kill -KILL "-$child" || kill -KILL "$child"
      } >/dev/null 2>&1 &
      watch=$!
      wait "$child"
      code=$?
      kill -KILL "$watch" 2>/dev/null
      exit "$code"
      """;

  private final Process guard;
  private final Path pidFile;
  private final Duration grace;

  private GuardedProcess(Process guard, Path pidFile, Duration grace) {
    this.guard = guard;
    this.pidFile = pidFile;
    this.grace = grace;
  }

  /// @param pidFile where it is written which process it is
  /// @param grace between being asked to end and being ended
  /// @throws IOException when no process can be started
  static GuardedProcess start(Job.Program program, Path pidFile, Duration grace)
      throws IOException {
    Files.deleteIfExists(pidFile);
    var line =
        new ArrayList<>(
            List.of("/bin/sh", "-c", GUARD, "guard", pidFile.toString(), tenths(grace)));
    line.addAll(program.line());
    var builder =
        new ProcessBuilder(line).directory(program.directory().toFile()).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(program.environment());
    return new GuardedProcess(builder.start(), pidFile, grace);
  }

  private static String tenths(Duration grace) {
    return Long.toString(grace.toMillis() / 100);
  }

  /// What it says on both of its outputs.
  InputStream output() {
    return guard.getInputStream();
  }

  boolean isAlive() {
    return guard.isAlive();
  }

  /// Of the program; above 128 when a signal ended it. Only once it has ended.
  int exitCode() {
    return guard.exitValue();
  }

  boolean await(Duration time) throws InterruptedException {
    return guard.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Ends it, and returns when it has ended. Repeatable.
  void stop() throws IOException, InterruptedException {
    closePipe();
    if (!guard.waitFor(grace.plus(MARGIN).toMillis(), TimeUnit.MILLISECONDS)) {
      guard.destroyForcibly().waitFor();
    }
    endStray(pidFile, grace); // where the shell was killed
    Files.deleteIfExists(pidFile);
  }

  /// The shell sees that, and asks the program to end.
  void closePipe() {
    try {
      guard.getOutputStream().close();
    } catch (IOException e) {
      LOG.debug("the pipe to the shell beside a program is broken", e);
    }
  }

  /// Ends what an earlier run has left.
  ///
  /// @throws IOException when it cannot be told what that is, or it does not end
  static void endStray(Path pidFile, Duration grace) throws IOException, InterruptedException {
    Optional<RunningProcess> stray = RunningProcess.read(pidFile).filter(RunningProcess::isAlive);
    if (stray.isEmpty()) {
      return;
    }
    LOG.atWarn().addKeyValue("pid", stray.get().pid()).log("Ending a program of an earlier run");
    stray.get().requestStop();
    if (ended(stray.get(), grace)) {
      return;
    }
    ProcessHandle.of(stray.get().pid())
        .filter(_ -> stray.get().isAlive())
        .ifPresent(ProcessHandle::destroyForcibly);
    if (!ended(stray.get(), MARGIN)) {
      throw new IOException("the process %d does not end".formatted(stray.get().pid()));
    }
  }

  private static boolean ended(RunningProcess process, Duration time) throws InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    while (process.isAlive()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      Thread.sleep(POLL);
    }
    return true;
  }
}
