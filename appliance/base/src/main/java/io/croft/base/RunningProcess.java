package io.croft.base;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Which process uses a data directory, as `croft.pid` tells it: the process's number and, so that
/// a number given away again is not taken for it, when it was born.
///
/// @param pid the operating system's number
/// @param birth when it was born, in a form that is only compared; steps of the wall clock, as on a
///   machine without a clock of its own once NTP has set it, do not change it
public record RunningProcess(long pid, String birth) {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /// Where `state` and `starttime` stand in what follows the command's name in proc(5)'s `stat`.
  private static final int STATE = 0;

  private static final int START_TICKS = 19;

  /// The process that uses a data directory now; empty when none does.
  public static Optional<RunningProcess> of(Path dataDirectory) throws IOException {
    return read(dataDirectory.resolve("croft.pid")).filter(RunningProcess::isAlive);
  }

  /// Does without where it cannot be written: on a full disk a process must start nevertheless, as
  /// there is no other way to make room in its store.
  ///
  /// @throws IOException when what is there can neither be replaced nor removed
  static void writeSelf(Path file) throws IOException {
    long pid = ProcessHandle.current().pid();
    try {
      AtomicFiles.write(file, pid + " " + birthOf(pid).orElse("?") + "\n", AtomicFiles.PUBLIC);
    } catch (IOException _) {
      Files.deleteIfExists(file); // rather nobody than the last one
    }
  }

  /// What a pid file says; empty when it is missing or torn.
  public static Optional<RunningProcess> read(Path file) throws IOException {
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    String[] fields = Files.readString(file).strip().split(" ");
    return fields.length == 2 && fields[0].matches("\\d{1,18}")
        ? Optional.of(new RunningProcess(Long.parseLong(fields[0]), fields[1]))
        : Optional.empty();
  }

  /// Whether it still runs. One that has ended counts as ended even if its parent never asks for
  /// its exit code, as a container's first process may not.
  public boolean isAlive() {
    return birthOf(pid).filter(birth::equals).isPresent();
  }

  /// Asks it to end (SIGTERM).
  ///
  /// @return whether this user may do that
  public boolean requestStop() {
    return ProcessHandle.of(pid).map(ProcessHandle::destroy).orElse(true);
  }

  /// The boot and the tick in it at which a living process was born, from proc(5); elsewhere what
  /// the JDK knows.
  private static Optional<String> birthOf(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // The command's name, in brackets, may itself hold blanks and brackets.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return fields[STATE].equals("Z")
          ? Optional.empty()
          : Optional.of(Files.readString(BOOT_ID).strip() + "/" + fields[START_TICKS]);
    } catch (IOException e) {
      return Files.exists(BOOT_ID) ? Optional.empty() : birthByJdk(pid);
    }
  }

  private static Optional<String> birthByJdk(long pid) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .map(p -> p.info().startInstant().map(i -> "" + i.toEpochMilli()).orElse("?"));
  }
}
