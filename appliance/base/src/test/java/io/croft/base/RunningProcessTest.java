package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class RunningProcessTest {
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void pidFile() {
    file = directory.resolve("croft.pid");
  }

  @Test
  void findsTheProcessThatWroteTheFile() throws Exception {
    RunningProcess.writeSelf(file);

    Optional<RunningProcess> found = RunningProcess.of(directory);

    assertThat(found.map(RunningProcess::pid)).contains(ProcessHandle.current().pid());
    assertThat(found.filter(RunningProcess::isAlive)).isPresent();
  }

  @Test
  void doesNotTakeAnotherProcessOfTheSameNumberForIt() throws Exception {
    Files.writeString(file, ProcessHandle.current().pid() + " another-boot/1\n");

    assertThat(RunningProcess.of(directory)).isEmpty();
  }

  @Test
  void asksAProcessToStop() throws Exception {
    Process sleeper = new ProcessBuilder("sleep", "600").start();
    try {
      assertThat(new RunningProcess(sleeper.pid(), "not compared here").requestStop()).isTrue();
      assertThat(sleeper.waitFor()).isNotZero();
    } finally {
      sleeper.destroyForcibly();
    }
  }

  /// The shell becomes a `sleep` that never asks for the exit code of the child it has started.
  @Test
  @EnabledOnOs(OS.LINUX)
  void countsAProcessWhoseParentDoesNotReapItAsEnded() throws Exception {
    Process parent = new ProcessBuilder("sh", "-c", "sleep 0.2 & echo $!; exec sleep 600").start();
    try (var lines = parent.inputReader()) {
      String pid = lines.readLine();
      Path stat = Path.of("/proc", pid, "stat");
      String living = Files.readString(stat);
      String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
      Files.writeString(file, pid + " " + boot + "/" + living.split(" ")[21] + "\n");
      assertThat(RunningProcess.of(directory)).isPresent();

      long deadline = System.nanoTime() + 30_000_000_000L;
      while (!Files.readString(stat).contains(" Z ") && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }

      assertThat(RunningProcess.of(directory)).isEmpty();
    } finally {
      parent.destroyForcibly();
    }
  }
}
