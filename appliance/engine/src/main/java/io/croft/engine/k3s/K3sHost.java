package io.croft.engine.k3s;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/// What a host had before croft first ran k3s on it, where k3s and others like it leave something:
/// names of files and directories, of network interfaces, and what is mounted in k3s' own
/// directory. That is written down once; by it `remove-k3s.sh`, which `uninstall.sh` calls, knows
/// that a k3s of croft's was here at all, and what belongs to others.
///
/// A line each: `path /var/lib/kubelet`, `interface cni0`, `mount /var/lib/croft/k3s/storage`.
final class K3sHost {
  /// Whose entries are written down.
  private static final List<String> DIRECTORIES =
      List.of(
          "etc",
          "etc/cni/net.d",
          "etc/rancher",
          "run",
          "run/netns",
          "usr/libexec",
          "var/lib",
          "var/lib/cni",
          "var/log");

  private static final String HEADER =
      """
      # What this host had when croft first started k3s. remove-k3s.sh takes away what k3s has added
      # since; without this file, nothing.
      """;

  private K3sHost() {}

  /// @param root the host's root directory
  /// @param directory k3s' own
  static String describe(Path root, Path directory) throws IOException {
    var lines = new StringBuilder(HEADER);
    for (String name : DIRECTORIES) {
      names(root.resolve(name))
          .forEach(
              entry -> lines.append("path /").append(name).append('/').append(entry).append('\n'));
    }
    // The JDK knows only those with an address.
    names(root.resolve("sys/class/net"))
        .forEach(name -> lines.append("interface ").append(name).append('\n'));
    for (String mount : mounts(root.resolve("proc/self/mounts"), directory)) {
      lines.append("mount ").append(mount).append('\n');
    }
    return lines.toString();
  }

  private static SortedSet<String> names(Path directory) throws IOException {
    var names = new TreeSet<String>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
        entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
      }
    }
    return names;
  }

  /// As the kernel writes them, with odd characters as octal numbers.
  private static SortedSet<String> mounts(Path file, Path directory) throws IOException {
    String own = (Files.exists(directory) ? directory.toRealPath() : directory).toString();
    var mounts = new TreeSet<String>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
        String[] fields = line.split(" ");
        if (fields.length > 1 && (fields[1] + "/").startsWith(own + "/")) {
          mounts.add(fields[1]);
        }
      }
    }
    return mounts;
  }
}
