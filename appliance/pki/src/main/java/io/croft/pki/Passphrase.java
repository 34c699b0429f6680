package io.croft.pki;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A passphrase in a file.
public final class Passphrase {
  private static final int MAX_BYTES = 4096;

  private Passphrase() {}

  /// The first line of a file, which may be a pipe.
  ///
  /// @throws PkiException when it is empty or too long
  /// @throws IOException when it cannot be read
  public static String read(Path file) throws IOException, PkiException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    }
    if (bytes.length > MAX_BYTES) {
      throw new PkiException(
          "the passphrase file %s is longer than %d bytes".formatted(file, MAX_BYTES));
    }
    String line = new String(bytes, StandardCharsets.UTF_8).lines().findFirst().orElse("");
    if (line.isEmpty()) {
      throw new PkiException("the passphrase file %s has an empty first line".formatted(file));
    }
    return line;
  }
}
