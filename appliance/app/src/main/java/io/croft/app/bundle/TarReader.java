package io.croft.app.bundle;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads what [TarWriter] writes, and what others make of the same files in POSIX.1-1988's format
/// or GNU's, entry by entry. What an entry names is judged by the caller; nothing is written.
final class TarReader {
  private static final int BLOCK = 512;
  private static final int NAME = 100;
  private static final int MODE_AT = 100;
  private static final int MODE_LENGTH = 8;
  private static final int EXECUTABLE = 0b001_001_001;
  private static final int SIZE_AT = 124;
  private static final int SIZE_LENGTH = 12;
  private static final int CHECKSUM_AT = 148;
  private static final int CHECKSUM_LENGTH = 8;
  private static final int KIND_AT = 156;
  private static final int MAGIC_AT = 257;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX = 155;

  private final InputStream in;
  private final byte[] block = new byte[BLOCK];

  /// Of the entry's content.
  private long left;

  private int padding;

  /// @param in read forward only; left open
  TarReader(InputStream in) {
    this.in = in;
  }

  /// @param name as it stands there
  /// @param kind POSIX' type flag
  /// @param executable by anybody
  /// @param bytes of content
  record Entry(String name, char kind, boolean executable, long bytes) {
    boolean isFile() {
      return kind == '0' || kind == 0;
    }

    boolean isDirectory() {
      return kind == '5';
    }

    boolean isLink() {
      return kind == '1' || kind == '2';
    }
  }

  /// Says what is there instead of an archive.
  static final class FormatException extends IOException {
    FormatException(String message) {
      super(message);
    }
  }

  /// Goes on to the next entry, over what is left of this one.
  ///
  /// @return null at the end of the archive
  /// @throws EOFException when the archive ends before that
  /// @throws FormatException when this is no tar archive, or not from here on
  @Nullable Entry next() throws IOException {
    in.skipNBytes(left + padding);
    left = 0;
    padding = 0;
    readBlock();
    if (isEmpty()) {
      readBlock();
      if (!isEmpty()) {
        throw new FormatException("an empty block stands before the end");
      }
      return null;
    }
    if (!text(MAGIC_AT, 5).equals("ustar") || number(CHECKSUM_AT, CHECKSUM_LENGTH) != sum()) {
      throw new FormatException("there is no header of tar where one must be");
    }
    String name = text(0, NAME);
    // GNU's form has other things in the place of the prefix.
    String prefix = block[MAGIC_AT + 5] == 0 ? text(PREFIX_AT, PREFIX) : "";
    left = number(SIZE_AT, SIZE_LENGTH);
    padding = (int) ((BLOCK - left % BLOCK) % BLOCK);
    return new Entry(
        prefix.isEmpty() ? name : prefix + "/" + name,
        (char) (block[KIND_AT] & 0xff),
        (number(MODE_AT, MODE_LENGTH) & EXECUTABLE) != 0,
        left);
  }

  /// Of the entry's content.
  ///
  /// @return how many bytes; -1 at its end
  int read(byte[] piece) throws IOException {
    if (left == 0) {
      return -1;
    }
    int count = in.read(piece, 0, (int) Math.min(piece.length, left));
    if (count < 0) {
      throw new EOFException();
    }
    left -= count;
    return count;
  }

  private void readBlock() throws IOException {
    if (in.readNBytes(block, 0, BLOCK) < BLOCK) {
      throw new EOFException();
    }
  }

  private boolean isEmpty() {
    return Arrays.equals(block, new byte[BLOCK]);
  }

  /// With blanks in the place of the sum itself.
  private long sum() {
    long sum = (long) CHECKSUM_LENGTH * ' ';
    for (int i = 0; i < BLOCK; i++) {
      boolean itself = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_LENGTH;
      sum += itself ? 0 : block[i] & 0xff;
    }
    return sum;
  }

  private String text(int at, int length) {
    int end = at;
    while (end < at + length && block[end] != 0) {
      end++;
    }
    return new String(block, at, end - at, StandardCharsets.ISO_8859_1);
  }

  /// Octal digits; what has more than 8 GiB, for which GNU has another form, is in no bundle.
  private long number(int at, int length) throws FormatException {
    String digits = text(at, length).strip();
    if (!digits.matches("[0-7]{1,11}")) {
      throw new FormatException("a header of tar has no number where one must be");
    }
    return Long.parseLong(digits, 8);
  }
}
