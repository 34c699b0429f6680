package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.croft.base.DataDirectoryException.Cause;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  @TempDir Path temporary;

  @Test
  void createsADirectoryForItsOwnerOnly() throws Exception {
    Path root = temporary.resolve("a/croft");
    try (var directory = DataDirectory.open(root)) {
      assertThat(directory.root()).isEqualTo(root);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
          .isEqualTo("rwx------");
      assertThat(root.resolve("format")).hasContent("1");
    }
  }

  @Test
  void opensWhatItCreated() throws Exception {
    Path root = temporary.resolve("croft");
    DataDirectory.open(root).close();
    Files.createDirectory(root.resolve("store"));
    try (var directory = DataDirectory.open(root)) {
      assertThat(directory.store()).exists();
    }
  }

  @Test
  void tellsWhichProcessUsesItWhileOneDoes() throws Exception {
    Path root = temporary.resolve("croft");
    try (var _ = DataDirectory.open(root)) {
      assertThat(RunningProcess.of(root).map(RunningProcess::pid))
          .contains(ProcessHandle.current().pid());
    }
    assertThat(RunningProcess.of(root)).isEmpty();
  }

  @Test
  void opensWhereItCannotTellWhichProcessItIs() throws Exception {
    Path root = temporary.resolve("croft");
    DataDirectory.open(root).close();
    Files.createDirectory(root.resolve("croft.pid")); // which no file can replace
    try (var _ = DataDirectory.open(root)) {
      assertThat(RunningProcess.of(root)).isEmpty();
    }
  }

  @Test
  void isNotTakenInByANumberThatWasGivenAway() throws Exception {
    Path root = temporary.resolve("croft");
    DataDirectory.open(root).close();
    long pid = ProcessHandle.current().pid();
    Files.writeString(root.resolve("croft.pid"), pid + " 2001-01-01T00:00:00Z\n");
    assertThat(RunningProcess.of(root)).isEmpty();
    Files.writeString(root.resolve("croft.pid"), "torn");
    assertThat(RunningProcess.of(root)).isEmpty();
  }

  @Test
  void refusesASecondUserInTheSameProcess() throws Exception {
    Path root = temporary.resolve("croft");
    try (var _ = DataDirectory.open(root)) {
      assertInUse(root, ProcessHandle.current().pid());
      assertThat(RunningProcess.of(root)).as("the first is not disturbed").isPresent();
    }
    DataDirectory.open(root).close();
  }

  @Test
  @Timeout(60)
  void refusesASecondProcess() throws Exception {
    Path root = temporary.resolve("croft");
    Process other = holdInOtherProcess(root);
    try {
      assertThat(other.inputReader().readLine()).isEqualTo("open");
      assertInUse(root, other.pid());
      other.destroyForcibly();
      assertThat(other.waitFor(10, TimeUnit.SECONDS)).isTrue();
      DataDirectory.open(root).close(); // the lock died with its holder
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void refusesAnotherFormat() throws Exception {
    Path root = temporary.resolve("croft");
    DataDirectory.open(root).close();
    Files.writeString(root.resolve("format"), "2\n");
    assertRefused(
        root,
        Cause.OTHER_FORMAT,
        "data directory %s was written by format 2; this croft knows 1; use the croft that wrote it, or another --data-dir"
            .formatted(root));
    assertThat(root.resolve("format")).hasContent("2");
  }

  @Test
  void refusesAFile() throws Exception {
    Path file = Files.writeString(temporary.resolve("file"), "");
    assertRefused(
        file, Cause.NOT_A_DIRECTORY, file + " is not a directory; choose another with --data-dir");
    assertRefused(
        file.resolve("below"),
        Cause.NOT_A_DIRECTORY,
        file + " is not a directory; choose another with --data-dir");
  }

  @Test
  void refusesADirectoryThatIsSomeoneElses() throws Exception {
    Path root = Files.createDirectory(temporary.resolve("home"));
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(root.resolve("thesis.tex"), "");
    assertThatThrownBy(() -> DataDirectory.open(root))
        .isInstanceOf(DataDirectoryException.class)
        .hasMessageContaining("it holds thesis.tex");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
        .isEqualTo("rwxr-xr-x");
  }

  @Test
  void acceptsADirectoryThatHoldsOnlySettings() throws Exception {
    Path root = Files.createDirectory(temporary.resolve("croft"));
    Files.writeString(root.resolve("config.yaml"), "");
    DataDirectory.open(root).close();
  }

  @Test
  void namesTheMissingPermission() throws Exception {
    Path parent = Files.createDirectory(temporary.resolve("closed"));
    Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("r-xr-xr-x"));
    assumeThat(Files.isWritable(parent)).as("root may write everywhere").isFalse();
    assertRefused(
        parent.resolve("croft"),
        Cause.NO_PERMISSION,
        "no permission for %s (needs read and write); run as its owner, or choose another with --data-dir"
            .formatted(parent));
  }

  private static void assertInUse(Path root, long pid) {
    assertRefused(
        root,
        Cause.IN_USE,
        "data directory %s is in use by the croft process with pid %d; stop it with: croft down --data-dir %s"
            .formatted(root, pid, root));
  }

  private static void assertRefused(Path root, Cause cause, String message) {
    var refusal =
        catchThrowableOfType(DataDirectoryException.class, () -> DataDirectory.open(root).close());
    assertThat(refusal).hasMessage(message);
    assertThat(refusal.reason()).isEqualTo(cause);
  }

  private static Process holdInOtherProcess(Path root) throws Exception {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            Holder.class.getName(),
            root.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /// Opens a data directory and holds it until the process is killed.
  static final class Holder {
    public static void main(String[] args) throws Exception {
      try (var _ = DataDirectory.open(Path.of(args[0]))) {
        System.out.println("open");
        System.out.flush();
        Thread.sleep(60_000);
      }
    }
  }
}
