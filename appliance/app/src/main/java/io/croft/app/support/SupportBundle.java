package io.croft.app.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// A ZIP file of what is known about an appliance. Text goes through [Redaction] line by line; of
/// objects, only kinds that hold no secrets are taken.
public final class SupportBundle implements AutoCloseable {
  /// Of each log file, the end.
  private static final long MAX_LOG_BYTES = 5 << 20;

  private static final int MAX_FILES_LISTED = 10_000;

  /// What the kernel and the system tell about the machine.
  private static final List<String> MACHINE =
      List.of(
          "/etc/os-release",
          "/proc/version",
          "/proc/cpuinfo",
          "/proc/meminfo",
          "/proc/loadavg",
          "/proc/uptime",
          "/proc/self/limits",
          "/proc/self/mounts",
          "/proc/net/route",
          "/proc/net/ipv6_route",
          "/proc/net/dev",
          "/proc/net/fib_trie",
          "/etc/hosts",
          "/etc/resolv.conf");

  private final ZipOutputStream zip;

  public SupportBundle(OutputStream to) {
    this.zip = new ZipOutputStream(to, StandardCharsets.UTF_8);
  }

  /// Something that may fail, and does not hinder the rest.
  @FunctionalInterface
  public interface Content {
    String text() throws Exception;
  }

  /// Adds a text; the reason in its place when there is none.
  public void add(String name, Content content) throws IOException {
    String text;
    try {
      text = content.text();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      text = "interrupted";
    } catch (Exception e) {
      text = "cannot be told: " + e;
    }
    begin(name);
    text.lines().forEach(line());
    zip.closeEntry();
  }

  /// Adds an answer of the API.
  public void addAnswer(String name, Content content) throws IOException {
    add(name, () -> Redaction.answer(content.text()));
  }

  /// Adds what the system says about the machine.
  public void addMachine() throws IOException {
    for (String file : MACHINE) {
      Path path = Path.of(file);
      if (Files.isReadable(path)) {
        add("machine" + file, () -> Files.readString(path));
      }
    }
  }

  /// Adds the end of every log file in a directory whose name passes.
  ///
  /// @param prefix of the files' names
  public void addLogs(Path directory, String prefix) throws IOException {
    for (Path file : entries(directory)) {
      String name = String.valueOf(file.getFileName());
      if (name.startsWith(prefix) && Files.isRegularFile(file)) {
        addLog("logs/" + name, file);
      }
    }
  }

  private void addLog(String name, Path file) throws IOException {
    begin(name);
    Consumer<String> print = line();
    try (var channel = FileChannel.open(file)) {
      long skipped = Math.max(0, channel.size() - MAX_LOG_BYTES);
      channel.position(skipped);
      var lines =
          new BufferedReader(
              new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
      if (skipped > 0) {
        lines.readLine(); // the rest of one
      }
      lines.lines().forEach(print);
    } catch (FileSystemException e) {
      print.accept("cannot be read: " + e); // rotated away just now, perhaps
    }
    zip.closeEntry();
  }

  /// Adds which files there are, not what is in them: mode, owner, size, time and name of each.
  public void addListing(Path directory) throws IOException {
    add(
        "data-directory.txt",
        () -> {
          var text = new StringBuilder();
          try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted().limit(MAX_FILES_LISTED).toList()) {
              text.append(listed(directory, file)).append('\n');
            }
          }
          return text.toString();
        });
  }

  private static String listed(Path directory, Path file) {
    try {
      var attributes =
          Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return "%s %s %12d %s %s"
          .formatted(
              PosixFilePermissions.toString(attributes.permissions()),
              attributes.owner().getName(),
              attributes.size(),
              attributes.lastModifiedTime(),
              directory.relativize(file));
    } catch (IOException e) {
      return directory.relativize(file) + ": " + e; // gone meanwhile
    }
  }

  private static List<Path> entries(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  private void begin(String name) throws IOException {
    zip.putNextEntry(new ZipEntry("croft-support/" + name));
  }

  private Consumer<String> line() {
    var redaction = new Redaction();
    return line -> {
      try {
        zip.write((redaction.line(line) + "\n").getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  /// Writes what is still to be written; what it goes to stays open.
  @Override
  public void close() throws IOException {
    zip.finish();
  }
}
