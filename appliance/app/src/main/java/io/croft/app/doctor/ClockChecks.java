package io.croft.app.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The clock, by which certificates and tokens are judged.
final class ClockChecks {
  static final List<Check> ALL =
      List.of(
          Check.of("clock", ClockChecks::clock),
          Check.of("clock-synchronization", ClockChecks::synchronization));

  /// A machine without a battery begins here or earlier.
  private static final Instant IMPLAUSIBLE = Instant.parse("2026-01-01T00:00:00Z");

  private static final Duration TOLERANCE = Duration.ofMinutes(5);
  private static final List<String> DAEMONS =
      List.of("chronyd", "ntpd", "ntpsec", "openntpd", "systemd-timesyn", "ptp4l", "phc2sys");

  private ClockChecks() {}

  private static Finding clock(Host host) throws IOException {
    Instant now = host.clock().instant();
    Instant written = lastWrite(host.dataDir());
    String seen = now.truncatedTo(ChronoUnit.SECONDS).toString();
    if (now.isBefore(IMPLAUSIBLE)) {
      return Finding.error("the clock says " + seen, "set it, or start a time service");
    }
    return written.isAfter(now.plus(TOLERANCE))
        ? Finding.error(
            "the clock says %s, but the data directory was written at %s"
                .formatted(seen, written.truncatedTo(ChronoUnit.SECONDS)),
            "set the clock; certificates made meanwhile are not valid yet")
        : Finding.ok(seen);
  }

  /// When something in the directory was last written; long ago when it is not there.
  private static Instant lastWrite(Path directory) throws IOException {
    var files = new ArrayList<Path>();
    for (String place : List.of("pki", "store", "logs")) {
      Path folder = directory.resolve(place);
      if (Files.isDirectory(folder)) {
        try (Stream<Path> entries = Files.list(folder)) {
          entries.forEach(files::add);
        }
      }
    }
    Instant last = Instant.EPOCH;
    for (Path file : files) {
      Instant written = Files.getLastModifiedTime(file).toInstant();
      last = written.isAfter(last) ? written : last;
    }
    return last;
  }

  private static Finding synchronization(Host host) {
    if (host.exists("run/systemd/timesync/synchronized")) {
      return Finding.ok("by systemd-timesyncd");
    }
    return DAEMONS.stream()
        .filter(host::runs)
        .findFirst()
        .map(daemon -> Finding.ok("by %s".formatted(daemon)))
        .orElseGet(() ->
            Finding.warning(
                "nothing seen that keeps the clock right",
                "install a time service, such as chrony; where the host of a virtual machine does"
                    + " it, nothing is to be done"));
  }
}
