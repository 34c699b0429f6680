package io.croft.smoke;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The memory that processes hold, without what they have only reserved, in MB. Linux only.
final class Resident {
  private Resident() {}

  static double now(long pid) throws IOException {
    return megabytes(pid, "VmRSS");
  }

  /// The most that it was so far.
  static double most(long pid) throws IOException {
    return megabytes(pid, "VmHWM");
  }

  private static double megabytes(long pid, String name) throws IOException {
    String status = Files.readString(Path.of("/proc", Long.toString(pid), "status"));
    Matcher kilobytes = Pattern.compile(name + ":\\s+(\\d+) kB").matcher(status);
    if (!kilobytes.find()) {
      throw new IOException("process " + pid + " has no " + name);
    }
    return Long.parseLong(kilobytes.group(1)) * 1024 / 1e6;
  }
}
