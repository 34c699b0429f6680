package io.croft.base;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Which process uses a data directory, as `croft.pid` tells it: the process's number and, so that
/// a number given away again is not taken for it, when it was started.
///
/// @param pid the operating system's number
/// @param started when it was started
public record RunningProcess(long pid, Instant started) {
  /// The kernel tells starts relative to its boot, whose time wanders when the clock is set.
  private static final Duration TOLERANCE = Duration.ofSeconds(5);

  /// The process that uses a data directory now; empty when none does.
  public static Optional<ProcessHandle> of(Path dataDirectory) throws IOException {
    return read(dataDirectory.resolve("croft.pid")).flatMap(RunningProcess::alive);
  }

  static void writeSelf(Path file) throws IOException {
    ProcessHandle self = ProcessHandle.current();
    Instant started = self.info().startInstant().orElse(Instant.EPOCH);
    AtomicFiles.write(file, self.pid() + " " + started + "\n", AtomicFiles.PUBLIC);
  }

  /// What a pid file says; empty when it is missing or torn.
  static Optional<RunningProcess> read(Path file) throws IOException {
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    String[] fields = Files.readString(file).strip().split(" ");
    try {
      return fields.length == 2
          ? Optional.of(new RunningProcess(Long.parseLong(fields[0]), Instant.parse(fields[1])))
          : Optional.empty();
    } catch (IllegalArgumentException | java.time.DateTimeException e) {
      return Optional.empty();
    }
  }

  private Optional<ProcessHandle> alive() {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(this::sameStart);
  }

  private boolean sameStart(ProcessHandle process) {
    return process
        .info()
        .startInstant()
        .map(s -> Duration.between(s, started).abs().compareTo(TOLERANCE) <= 0)
        .orElse(true);
  }
}
