package io.croft.store.internal.state;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// CRC32C over several buffers.
final class Checksum {
  private Checksum() {}

  static int of(ByteBuffer... parts) {
    CRC32C crc = new CRC32C();
    for (ByteBuffer part : parts) {
      crc.update(part.duplicate());
    }
    return (int) crc.getValue();
  }
}
