package io.croft.store.internal.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// How a frame looks: one write of the log, durable as a whole or not at all.
///
/// ```
/// int  length of the payload
/// int  CRC32C over store id, segment, sequence, length and payload
/// long sequence, 1 more than that of the frame before
/// payload, padded with zeros to a multiple of 8
/// ```
///
/// Store id and segment are not written but go into the checksum: what an earlier use of the file
/// left behind, or what a client put into a value, is never taken for a frame.
final class Frame {
  static final int HEADER = 16;
  static final int ALIGNMENT = 8;

  /// Where a segment's first frame stands.
  static final int FIRST_OFFSET = 4096;

  private Frame() {}

  /// What a payload takes on disk, in bytes.
  static int size(int payload) {
    return Math.toIntExact(HEADER + (payload + ALIGNMENT - 1L) / ALIGNMENT * ALIGNMENT);
  }

  static ByteBuffer encode(long storeId, long segment, long sequence, ByteBuffer payload) {
    int checksum = checksum(storeId, segment, sequence, payload);
    ByteBuffer frame = ByteBuffer.allocate(size(payload.remaining()));
    frame.putInt(payload.remaining()).putInt(checksum).putLong(sequence).put(payload);
    return frame.clear();
  }

  static int checksum(long storeId, long segment, long sequence, ByteBuffer payload) {
    ByteBuffer seed = ByteBuffer.allocate(28);
    seed.putLong(storeId).putLong(segment).putLong(sequence).putInt(payload.remaining()).flip();
    CRC32C crc = new CRC32C();
    crc.update(seed);
    crc.update(payload.duplicate());
    return (int) crc.getValue();
  }
}
