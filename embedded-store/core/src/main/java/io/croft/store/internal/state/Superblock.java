package io.croft.store.internal.state;

import io.croft.store.Bytes;
import io.croft.store.internal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What makes a state of the file valid; stands twice at its beginning, the newer one counts.
///
/// ```
/// long magic, int format, long store id, long generation, long revision, long logical size,
/// long version, byte[4096] header, int CRC32C over all that
/// ```
///
/// @param storeId the store, also known to its log
/// @param generation 1 more each time; even ones are written to the first slot, odd ones to the
///   second
/// @param revision the store's revision with it
/// @param logicalSize what MVStore takes for the size of the file, in bytes
/// @param version MVStore's version
/// @param header MVStore's own header
public record Superblock(
    long storeId, long generation, long revision, long logicalSize, long version, Bytes header) {
  /// The room for both, in bytes.
  static final int SPACE = 16_384;

  private static final long SLOT = SPACE / 2;
  private static final int FIELDS = 52;
  private static final int HEADER = 4096;
  private static final long MAGIC = 0x43524f46_54535441L; // CROFTSTA
  private static final int FORMAT = 1;
  private static final int LENGTH = FIELDS + HEADER + 4;

  /// What a file without content has.
  static Superblock none(long storeId) {
    return new Superblock(storeId, 0, 0, 0, 0, Bytes.wrap(new byte[HEADER]));
  }

  /// The valid ones, the newest first.
  public static List<Superblock> read(DiskFile file) throws IOException {
    List<Superblock> found = new ArrayList<>();
    for (int slot = 0; slot < 2; slot++) {
      if (file.size() >= slot * SLOT + LENGTH) {
        ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
        file.read(slot * SLOT, bytes);
        decode(bytes.flip(), found);
      }
    }
    found.sort(Comparator.comparingLong(Superblock::generation).reversed());
    return found;
  }

  private static void decode(ByteBuffer bytes, List<Superblock> found) throws IOException {
    int checksum = Checksum.of(bytes.slice(0, LENGTH - 4));
    if (bytes.getLong() != MAGIC || bytes.getInt(LENGTH - 4) != checksum) {
      return;
    }
    int format = bytes.getInt();
    if (format != FORMAT) {
      throw new IOException("the state file has format " + format + ", known is " + FORMAT);
    }
    byte[] header = new byte[HEADER];
    bytes.get(FIELDS, header);
    found.add(
        new Superblock(
            bytes.getLong(),
            bytes.getLong(),
            bytes.getLong(),
            bytes.getLong(),
            bytes.getLong(),
            Bytes.wrap(header)));
  }

  Superblock next(long newRevision, long newSize, long newVersion, Bytes newHeader) {
    return new Superblock(storeId, generation + 1, newRevision, newSize, newVersion, newHeader);
  }

  /// Writes it once more where it was read, and makes it durable: after a failed sync it may only
  /// have been read from the memory of the operating system. What it refers to was synced before it
  /// was written.
  public void secure(DiskFile file) throws IOException {
    write(file);
    file.sync();
  }

  void write(DiskFile file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    bytes.putLong(MAGIC).putInt(FORMAT).putLong(storeId).putLong(generation);
    bytes.putLong(revision).putLong(logicalSize).putLong(version).put(header.array());
    bytes.putInt(Checksum.of(bytes.slice(0, LENGTH - 4)));
    file.write(generation % 2 * SLOT, bytes.flip());
  }
}
