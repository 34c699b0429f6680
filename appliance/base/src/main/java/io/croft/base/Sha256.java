package io.croft.base;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The digest that every Java has (FIPS 180-4): 32 bytes.
public final class Sha256 {
  private static final int PIECE_BYTES = 1 << 16;

  /// Never fed, only copied: to look for who provides it takes longer than to digest a token.
  private static final MessageDigest EMPTY = find();

  private Sha256() {}

  private static MessageDigest find() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the JDK lacks SHA-256", e);
    }
  }

  /// A new one, to be fed piece by piece.
  public static MessageDigest begin() {
    try {
      return (MessageDigest) EMPTY.clone();
    } catch (CloneNotSupportedException _) {
      return find(); // of a provider that was put before the JDK's
    }
  }

  public static byte[] of(byte[] bytes) {
    return begin().digest(bytes);
  }

  /// In 64 lower-case hexadecimal digits.
  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(of(bytes));
  }

  /// Of what is in a file, of any size.
  public static String hex(Path file) throws IOException {
    MessageDigest digest = begin();
    var piece = new byte[PIECE_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        digest.update(piece, 0, count);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
