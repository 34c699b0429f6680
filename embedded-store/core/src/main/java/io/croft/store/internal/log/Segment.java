package io.croft.store.internal.log;

import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// One file of the log. Its name carries the sequence number of its first frame; its header is
/// there to tell what the file is, and is not needed to read it.
///
/// @param first the sequence number of the first frame
record Segment(long storeId, long first, DiskFile file) {
  private static final String PREFIX = "wal-";
  private static final long MAGIC = 0x43524f46_5457414cL; // CROFTWAL
  private static final int FORMAT = 1;
  private static final int HEADER = 36;

  static String name(long first) {
    return PREFIX + "%016x".formatted(first);
  }

  static boolean isName(String name) {
    return name.matches(PREFIX + "[0-9a-f]{16}");
  }

  static long first(String name) {
    return Long.parseUnsignedLong(name, PREFIX.length(), name.length(), 16);
  }

  static Segment open(Disk disk, long storeId, long first) throws IOException {
    return new Segment(storeId, first, disk.open(name(first)));
  }

  /// The store whose log this is; null when the header cannot be read.
  ///
  /// @throws IOException when it was written by a later version
  static @Nullable Long storeId(DiskFile file) throws IOException {
    if (file.size() < HEADER) {
      return null;
    }
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    file.read(0, header);
    if (header.getLong(0) != MAGIC || header.getInt(HEADER - 4) != headerChecksum(header)) {
      return null;
    }
    int format = header.getInt(8);
    if (format != FORMAT) {
      throw new IOException("the log has format " + format + ", known is " + FORMAT);
    }
    return header.getLong(12);
  }

  private static int headerChecksum(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.slice(0, HEADER - 4));
    return (int) crc.getValue();
  }

  /// @throws LogDamageException when the header says that this is another store's log
  void checkOwner() throws IOException {
    Long owner = storeId(file);
    if (owner != null && owner != storeId) {
      throw new LogDamageException(
          name(first) + " belongs to another store", LogPosition.at(first));
    }
  }

  /// Writes the header and makes it durable.
  void begin() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(Frame.FIRST_OFFSET);
    header.putLong(MAGIC).putInt(FORMAT).putLong(storeId).putLong(first);
    header.putInt(HEADER - 4, headerChecksum(header));
    file.write(0, header.clear());
    file.sync();
  }

  /// All of the file, in memory.
  Content content() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.size()));
    file.read(0, bytes);
    return new Content(storeId, first, bytes.clear());
  }

  /// What was read of a segment.
  record Content(long storeId, long first, ByteBuffer bytes) {
    /// The payload of the frame at `offset`; null when there is no valid one of that sequence.
    @Nullable ByteBuffer frame(long offset, long sequence) {
      if (offset + Frame.HEADER > bytes.limit()) {
        return null;
      }
      int at = (int) offset;
      int length = bytes.getInt(at);
      if (length < 0
          || length > bytes.limit() - at - Frame.HEADER
          || bytes.getLong(at + 8) != sequence) {
        return null;
      }
      ByteBuffer payload = bytes.slice(at + Frame.HEADER, length);
      int checksum = Frame.checksum(storeId, first, sequence, payload);
      return checksum == bytes.getInt(at + 4) ? payload : null;
    }

    /// Whether a valid frame with a later sequence stands behind `offset`. Frames are written one
    /// after the other, each once the one before is durable: a bad frame with a good one behind it
    /// was whole once.
    boolean hasFrameAfter(long offset, long sequence) {
      return nextFrame(offset + Frame.ALIGNMENT, offset, sequence) != null;
    }

    /// Gives the valid frames with later sequences behind `offset`, wherever they stand.
    void forEachAfter(long offset, long sequence, Consumer<ByteBuffer> reader) {
      long at = offset + Frame.ALIGNMENT;
      for (Found frame; (frame = nextFrame(at, offset, sequence)) != null; ) {
        reader.accept(frame.payload());
        at = frame.offset() + Frame.size(frame.payload().remaining());
      }
    }

    private record Found(long offset, ByteBuffer payload) {}

    /// The first valid frame from `start` on that comes after the one of `sequence` at `offset`.
    private @Nullable Found nextFrame(long start, long offset, long sequence) {
      for (long at = start; at <= bytes.limit() - Frame.HEADER; at += Frame.ALIGNMENT) {
        long found = bytes.getLong((int) at + 8);
        // A frame takes a unit at least, which bounds how far the sequence can have come.
        if (found > sequence && found - sequence <= (at - offset) / Frame.ALIGNMENT) {
          ByteBuffer payload = frame(at, found);
          if (payload != null) {
            return new Found(at, payload);
          }
        }
      }
      return null;
    }
  }
}
