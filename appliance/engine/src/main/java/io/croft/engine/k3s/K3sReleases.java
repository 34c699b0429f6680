package io.croft.engine.k3s;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.AtomicFiles;
import io.croft.base.Sha256;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The releases of k3s that a data directory was run with: copies in a directory each, so that the
/// one before is there when the next one does not work, whatever happens to the file that it came
/// from. Two are kept. Not thread-safe.
///
/// `releases.json` says which are which:
///
/// | field | |
/// |---|---|
/// | `current` | the SHA-256 of the release that has worked last |
/// | `previous` | that of the one before |
/// | `refused` | that of one that did not work, and is not tried again |
final class K3sReleases {
  private static final Logger LOG = LoggerFactory.getLogger(K3sReleases.class);
  private static final String PROGRAM = "k3s";

  private final Path directory;

  K3sReleases(Path directory) {
    this.directory = directory;
  }

  /// One of them.
  record Release(String sha256, K3sProgram program) {}

  /// What has worked last.
  Optional<Release> current() throws IOException {
    return named("current");
  }

  Optional<Release> previous() throws IOException {
    return named("previous");
  }

  boolean isRefused(String sha256) throws IOException {
    return state().path("refused").asText("").equals(sha256);
  }

  /// Copies a program, unless it is there already.
  ///
  /// @throws IOException also when it may not follow what runs now; the message says what may
  Release stage(Path file) throws IOException {
    String sha256 = Sha256.hex(file);
    Path target = directory.resolve(sha256).resolve(PROGRAM);
    if (!Files.exists(target)) {
      K3sProgram given = K3sProgram.of(file);
      Optional<Release> current = current();
      if (current.isPresent() && !current.get().program().version().leadsTo(given.version())) {
        throw new IOException(
            "k3s %s does not follow %s: Kubernetes goes up one minor version at a time, and down only within one"
                .formatted(given.version(), current.get().program().version()));
      }
      AtomicFiles.ensurePrivateDirectory(directory);
      AtomicFiles.ensurePrivateDirectory(directory.resolve(sha256));
      Path part = directory.resolve(sha256).resolve(PROGRAM + ".part");
      Files.deleteIfExists(part);
      Files.copy(file, part);
      Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwx------"));
      if (!Sha256.hex(part).equals(sha256)) {
        throw new IOException(file + " changes while it is copied");
      }
      Files.move(part, target, ATOMIC_MOVE);
    }
    return new Release(sha256, K3sProgram.of(target));
  }

  /// A release has worked.
  void accept(String sha256) throws IOException {
    ObjectNode state = state();
    String before = state.path("current").asText("");
    if (before.equals(sha256)) {
      return;
    }
    if (!before.isEmpty()) {
      state.put("previous", before);
    }
    state.put("current", sha256);
    write(state);
    forgetOthers(state);
  }

  /// A release has not worked.
  void refuse(String sha256) throws IOException {
    write(state().put("refused", sha256));
  }

  private Optional<Release> named(String field) throws IOException {
    String sha256 = state().path(field).asText("");
    Path file = directory.resolve(sha256).resolve(PROGRAM);
    return sha256.isEmpty() || !Files.exists(file)
        ? Optional.empty()
        : Optional.of(new Release(sha256, K3sProgram.of(file)));
  }

  private void forgetOthers(ObjectNode state) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : entries.filter(Files::isDirectory).toList()) {
        String name = String.valueOf(entry.getFileName());
        if (!name.equals(state.path("current").asText(""))
            && !name.equals(state.path("previous").asText(""))) {
          Files.deleteIfExists(entry.resolve(PROGRAM));
          Files.deleteIfExists(entry.resolve(PROGRAM + ".part"));
          Files.deleteIfExists(entry);
        }
      }
    }
  }

  private Path stateFile() {
    return directory.resolve("releases.json");
  }

  private ObjectNode state() throws IOException {
    if (!Files.exists(stateFile())) {
      return Json.object();
    }
    try {
      return Json.parseObject(Files.readAllBytes(stateFile()));
    } catch (MalformedJsonException e) {
      LOG.atWarn().addKeyValue("file", stateFile()).log("Releases are forgotten: the file is torn");
      return Json.object();
    }
  }

  private void write(ObjectNode state) throws IOException {
    AtomicFiles.ensurePrivateDirectory(directory);
    AtomicFiles.write(stateFile(), Json.bytes(state), AtomicFiles.SECRET);
  }
}
