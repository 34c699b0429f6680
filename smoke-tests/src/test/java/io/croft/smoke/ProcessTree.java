package io.croft.smoke;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// What a process and all that it has started have taken of the machine so far. Linux only.
///
/// @param cpuMillis computed
/// @param residentMegabytes held now
/// @param writtenBytes sent to disks
record ProcessTree(double cpuMillis, double residentMegabytes, long writtenBytes) {
  /// In /proc/PID/stat, after the name.
  private static final int USER_TIME = 11;

  private static final int TICK_MILLIS = 10;

  static ProcessTree of(long pid) throws IOException {
    ProcessHandle root = ProcessHandle.of(pid).orElseThrow();
    double cpu = 0;
    double resident = 0;
    long written = 0;
    for (long one :
        Stream.concat(Stream.of(root), root.descendants())
            .mapToLong(ProcessHandle::pid)
            .toArray()) {
      Path proc = Path.of("/proc", Long.toString(one));
      String stat = Files.readString(proc.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      cpu += Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[USER_TIME + 1]);
      resident += Resident.now(one);
      for (String line : Files.readAllLines(proc.resolve("io"))) {
        if (line.startsWith("write_bytes: ")) {
          written += Long.parseLong(line.substring("write_bytes: ".length()));
        }
      }
    }
    return new ProcessTree(cpu * TICK_MILLIS, resident, written);
  }
}
