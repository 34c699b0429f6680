package io.croft.app.bundle;

import io.croft.base.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/// Writes an archive in POSIX.1-1988's format (ustar), which every `tar` reads: regular files only,
/// owned by root, whoever has made it.
final class TarWriter {
  private static final int BLOCK = 512;
  private static final int NAME = 100;
  private static final int PREFIX = 155;

  /// What 11 octal digits hold.
  private static final long MAX_BYTES = (1L << 33) - 1;

  private static final int CHECKSUM_AT = 148;
  private static final int CHECKSUM_LENGTH = 8;

  private final OutputStream out;

  TarWriter(OutputStream out) {
    this.out = out;
  }

  /// @param name with slashes, relative
  /// @return the SHA-256 of what was written, in hexadecimal digits
  /// @throws IOException also when the file grows or shrinks meanwhile
  String add(String name, Path file) throws IOException {
    long size = Files.size(file);
    long seconds = Files.getLastModifiedTime(file).toMillis() / 1000;
    out.write(header(name, size, Files.isExecutable(file) ? 0755 : 0644, seconds));
    MessageDigest digest = Sha256.begin();
    try (InputStream in = Files.newInputStream(file)) {
      long copied = in.transferTo(new DigestOutputStream(out, digest));
      if (copied != size) {
        throw new IOException(file + " changes while it is packed");
      }
    }
    pad(size);
    return HexFormat.of().formatHex(digest.digest());
  }

  String add(String name, byte[] content, long seconds) throws IOException {
    out.write(header(name, content.length, 0644, seconds));
    out.write(content);
    pad(content.length);
    return Sha256.hex(content);
  }

  private static byte[] header(String name, long size, int mode, long seconds) throws IOException {
    if (size > MAX_BYTES) {
      throw new IOException(name + " has more than 8 GiB");
    }
    int cut = cut(name);
    byte[] header = new byte[BLOCK];
    put(header, 0, name.substring(cut == 0 ? 0 : cut + 1));
    put(header, 345, name.substring(0, cut));
    put(header, 100, octal(mode, 7));
    put(header, 108, octal(0, 7)); // root
    put(header, 116, octal(0, 7));
    put(header, 124, octal(size, 11));
    put(header, 136, octal(seconds, 11));
    header[156] = '0';
    put(header, 257, "ustar");
    put(header, 263, "00");
    put(header, 265, "root");
    put(header, 297, "root");
    put(header, CHECKSUM_AT, " ".repeat(CHECKSUM_LENGTH));
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, CHECKSUM_AT, octal(sum, 6) + "\0 ");
    return header;
  }

  /// Where a long name is cut in two, at a slash; 0 when it is short enough.
  private static int cut(String name) throws IOException {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length != name.length()) {
      throw new IOException("the name of a file in a bundle must be of ASCII: " + name);
    }
    if (length <= NAME) {
      return 0;
    }
    int cut = name.indexOf('/', length - NAME - 1);
    if (cut < 0 || cut > PREFIX) {
      throw new IOException("the name of a file in a bundle is too long: " + name);
    }
    return cut;
  }

  private static String octal(long number, int digits) {
    return String.format("%0" + digits + "o", number);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private void pad(long size) throws IOException {
    out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
  }

  /// Writes the end of the archive. The stream is left open.
  void end() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.flush();
  }
}
