package io.croft.app.runtime;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.AtomicFiles;
import io.croft.base.Sha256;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.KeyEncoding;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// What a data directory has besides its store and cannot do without: the authorities and what they
/// have issued, the key that Secrets are sealed with, which engine it has, and k3s' token. As one
/// JSON object: the bytes of each file in Base64, by its path.
final class IdentityFiles {
  private static final String PKI = "pki";
  private static final String LOCK = "lock";
  private static final List<String> SINGLE = List.of("secrets.key", EngineChoice.FILE, "k3s/token");

  private IdentityFiles() {}

  /// Says which files there are: another one after each change.
  static String stamp(Path root) throws IOException {
    var text = new StringBuilder();
    for (Path file : files(root)) {
      text.append(root.relativize(file))
          .append('\t')
          .append(Files.size(file))
          .append('\t')
          .append(Files.getLastModifiedTime(file).toMillis())
          .append('\n');
    }
    return Sha256.hex(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static List<Path> files(Path root) throws IOException {
    var files = new ArrayList<Path>();
    try (Stream<Path> found = Files.walk(root.resolve(PKI))) {
      found
          .filter(Files::isRegularFile)
          .filter(file -> !file.endsWith(LOCK) && !isHidden(root.relativize(file)))
          .forEach(files::add);
    } catch (UncheckedIOException e) { // a directory went meanwhile
      throw e.getCause();
    }
    SINGLE.stream().map(root::resolve).filter(Files::isRegularFile).forEach(files::add);
    return files.stream().sorted().toList();
  }

  /// What is being written, or made, has such a name.
  private static boolean isHidden(Path path) {
    for (Path part : path) {
      if (part.toString().startsWith(".")) {
        return true;
      }
    }
    return false;
  }

  /// @throws java.nio.file.NoSuchFileException when a file goes meanwhile
  static ObjectNode read(Path root) throws IOException {
    ObjectNode files = Json.object();
    for (Path file : files(root)) {
      files.put(
          root.relativize(file).toString(),
          Base64.getEncoder().encodeToString(Files.readAllBytes(file)));
    }
    return files;
  }

  /// @throws PkiException when a key among them cannot be read so
  static void requireReadable(ObjectNode files, KeyEncoding keys) throws PkiException {
    for (var file : files.properties()) {
      if (file.getKey().startsWith(PKI + "/") && file.getKey().endsWith(".key")) {
        byte[] pem = Base64.getDecoder().decode(file.getValue().asText());
        try {
          keys.decode(new String(pem, StandardCharsets.US_ASCII));
        } catch (PkiException e) {
          throw new PkiException(file.getKey() + " " + e.getMessage(), e);
        }
      }
    }
  }

  /// Writes them into a directory, all with mode 0600.
  ///
  /// @throws IOException when that is not what [#read] has given
  static void write(byte[] json, Path root) throws IOException {
    try {
      for (var file : Json.parseObject(json).properties()) {
        Path target = root.resolve(file.getKey()).normalize();
        if (!target.startsWith(root)) {
          throw new IOException("a file of the copy would lie elsewhere: " + file.getKey());
        }
        directories(root, parent(target));
        AtomicFiles.write(
            target, Base64.getDecoder().decode(file.getValue().asText()), AtomicFiles.SECRET);
      }
    } catch (MalformedJsonException | IllegalArgumentException e) {
      throw new IOException("the keys of the copy are damaged", e);
    }
  }

  /// Of what lies below a directory.
  private static Path parent(Path path) {
    return Objects.requireNonNull(path.getParent());
  }

  private static void directories(Path root, Path directory) throws IOException {
    if (!directory.equals(root)) {
      directories(root, parent(directory));
    }
    AtomicFiles.ensurePrivateDirectory(directory);
  }
}
