package io.croft.app.doctor;

import io.croft.app.doctor.Host.Room;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The disk that the data directory lies on.
final class DiskChecks {
  static final List<Check> ALL =
      List.of(
          Check.of("disk-space", DiskChecks::space),
          Check.forContainers("disk-space-for-images", DiskChecks::spaceForImages),
          Check.of("disk-forecast", DiskChecks::forecast),
          Check.of("file-system", DiskChecks::fileSystem),
          Check.of("disk-latency", DiskChecks::latency));

  private static final long MIB = 1 << 20;
  private static final long NEEDED = 500 * MIB;
  private static final long NEEDED_FOR_IMAGES = 1800 * MIB;
  private static final double LITTLE = 0.15;
  private static final double SLOW_MILLIS = 10;
  private static final double TOO_SLOW_MILLIS = 100;
  private static final Duration SOON = Duration.ofDays(30);
  private static final Set<String> REMOTE =
      Set.of("nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "fuse.sshfs");
  private static final Set<String> FLEETING = Set.of("tmpfs", "ramfs");

  private DiskChecks() {}

  private static Finding space(Host host) throws IOException {
    Room room = host.room();
    String seen = seen(room);
    if (room.usableBytes() < NEEDED) {
      return Finding.error(
          seen,
          "free 500 MiB or more, or move the data directory; the store refuses writes on a full"
              + " disk");
    }
    return room.usableBytes() < LITTLE * room.totalBytes()
        ? Finding.warning(seen, "less than 15 % is free; make room before it is full")
        : Finding.ok(seen);
  }

  private static Finding spaceForImages(Host host) throws IOException {
    Room room = host.room();
    return room.usableBytes() >= NEEDED_FOR_IMAGES
        ? Finding.ok(seen(room))
        : Finding.error(seen(room), "k3s and its images need 1.8 GiB");
  }

  private static String seen(Room room) {
    return "%d MiB of %d MiB free".formatted(room.usableBytes() / MIB, room.totalBytes() / MIB);
  }

  /// When the disk will be full if the data directory goes on to grow as it has since it was made.
  private static Finding forecast(Host host) throws IOException {
    Path format = host.dataDir().resolve("format");
    if (Files.notExists(format)) {
      return Finding.skipped("there is no data directory yet");
    }
    Instant born = Files.getLastModifiedTime(format).toInstant();
    Duration age = Duration.between(born, host.clock().instant());
    if (age.compareTo(Duration.ofDays(1)) < 0) {
      return Finding.skipped("the data directory is younger than a day");
    }
    double perDay = size(host.dataDir()) / (age.toSeconds() / 86_400.0);
    double days = host.room().usableBytes() / Math.max(perDay, 1);
    String seen =
        String.format(Locale.ROOT, "%.1f MiB a day, room for %.0f days", perDay / MIB, days);
    return days < SOON.toDays()
        ? Finding.warning(seen, "make room, or compact the store: croft store compact")
        : Finding.ok(seen);
  }

  private static long size(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      long bytes = 0;
      for (Path file : (Iterable<Path>) files::iterator) {
        if (Files.isRegularFile(file)) {
          bytes += Files.readAttributes(file, BasicFileAttributes.class).size();
        }
      }
      return bytes;
    }
  }

  private record Mount(String device, String point, String type) {}

  private static Finding fileSystem(Host host) {
    String directory = host.existingDataDir().toString();
    Optional<Mount> mount =
        host.lines("proc/self/mounts").stream()
            .map(line -> line.split(" "))
            .filter(fields -> fields.length > 2)
            .map(fields -> new Mount(fields[0], fields[1].replace("\\040", " "), fields[2]))
            .filter(m -> Path.of(directory).startsWith(m.point()))
            .max(Comparator.comparingInt(m -> m.point().length()));
    if (mount.isEmpty()) {
      return Finding.skipped("/proc/self/mounts is not to be read");
    }
    Mount at = mount.get();
    String seen = "%s at %s".formatted(at.type(), at.point());
    if (REMOTE.contains(at.type())) {
      return Finding.error(
          seen + ": locks and writes over a network are not to be relied on",
          "use a local disk: --data-dir");
    }
    if (FLEETING.contains(at.type())) {
      return Finding.warning(seen + ": it is empty after a restart", "use a disk: --data-dir");
    }
    if (at.device().startsWith("/dev/mmcblk")) {
      return Finding.warning(
          seen + ": an SD card or eMMC wears out by writing", "use an SSD where there is one");
    }
    return Finding.ok(seen);
  }

  private static Finding latency(Host host) throws IOException {
    if (!Files.isWritable(host.existingDataDir())) {
      return Finding.skipped("%s is not writable for this user".formatted(host.existingDataDir()));
    }
    double millis = host.slowestSyncMillis();
    String seen = String.format(Locale.ROOT, "4 KiB are on the disk after %.1f ms", millis);
    if (millis < SLOW_MILLIS) {
      return Finding.ok(seen);
    }
    String hint = "every write waits for that; use a faster disk, or find out what else uses it";
    return millis < TOO_SLOW_MILLIS ? Finding.warning(seen, hint) : Finding.error(seen, hint);
  }
}
