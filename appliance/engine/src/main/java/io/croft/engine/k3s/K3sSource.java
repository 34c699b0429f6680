package io.croft.engine.k3s;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Where a k3s may come from, in this order: what the settings name, the PATH, the bundle that
/// croft was installed from, a download. Nothing is downloaded unless the settings name a release
/// and its fingerprint.
///
/// @param named what the settings name, if anything
/// @param path the directories of the PATH
/// @param bundled where a bundle has its k3s
/// @param download what may be fetched, if anything
public record K3sSource(
    Optional<Path> named, List<Path> path, Path bundled, Optional<K3sDownload> download) {
  private static final String PROGRAM = "k3s";

  public K3sSource {
    path = List.copyOf(path);
  }

  /// Without a download: what lies on this machine.
  ///
  /// @throws IOException when what the settings name is no program
  public Optional<Path> local() throws IOException {
    if (named.isPresent()) {
      if (!Files.isExecutable(named.get()) || Files.isDirectory(named.get())) {
        throw new IOException("croft.k3s: " + named.get() + " is not an executable file");
      }
      return named;
    }
    for (Path directory : path) {
      Path candidate = directory.resolve(PROGRAM);
      if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.of(bundled).filter(Files::isExecutable);
  }

  /// The archives of images that a bundle has brought.
  List<Path> images() throws IOException {
    Path directory = bundled.resolveSibling("../images").normalize();
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /// Whether there is one, or may be fetched.
  public boolean available() throws IOException {
    return local().isPresent() || download.isPresent();
  }

  /// A k3s, fetched if need be.
  ///
  /// @param directory where what is fetched is kept
  /// @throws IOException saying where it was looked for, or why it cannot be fetched
  Path find(Path directory) throws IOException, InterruptedException {
    Optional<Path> local = local();
    if (local.isPresent()) {
      return local.get();
    }
    if (download.isEmpty()) {
      throw new IOException(
          "there is no k3s: croft.k3s (CROFT_K3S) names none, none is on the PATH or at %s, and croft.k3s-version with croft.k3s-sha256 names none to download"
              .formatted(bundled));
    }
    AtomicFiles.ensurePrivateDirectory(directory);
    return download.get().into(directory);
  }
}
