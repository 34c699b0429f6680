package io.croft.store.internal.state;

import io.croft.store.internal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.h2.mvstore.DataUtils;
import org.jspecify.annotations.Nullable;

/// The blocks of the state's file, of 4096 bytes each. In the file, the id of the block's chunk
/// follows, and a CRC32C over the block, its number and that id, which is checked whenever the
/// block is read.
///
/// Positions are those that MVStore knows: without what follows the blocks.
final class Blocks {
  static final int SIZE = 4096;

  /// The first block of a chunk; before stand the superblocks, in [Superblock#SPACE] bytes.
  static final int FIRST = 2;

  private static final int STRIDE = SIZE + 8;

  /// How many blocks are written at once.
  private static final int BATCH = 64;

  private Blocks() {}

  /// Where a block stands in the file, in bytes.
  static long position(long block) {
    return Superblock.SPACE + Math.max(0, block - FIRST) * STRIDE;
  }

  /// @param source whole blocks
  static void write(DiskFile file, int chunk, long position, ByteBuffer source) throws IOException {
    ByteBuffer raw = ByteBuffer.allocate(Math.min(BATCH, source.remaining() / SIZE) * STRIDE);
    long block = position / SIZE;
    while (source.hasRemaining()) {
      long first = block;
      raw.clear();
      while (raw.hasRemaining() && source.hasRemaining()) {
        ByteBuffer data = source.slice(source.position(), SIZE);
        raw.put(data.duplicate()).putInt(chunk).putInt(checksum(data, block++, chunk));
        source.position(source.position() + SIZE);
      }
      file.write(position(first), raw.flip());
    }
  }

  /// @param chunk the chunk that the blocks must belong to; null when it is not known yet
  /// @throws org.h2.mvstore.MVStoreException when they are damaged or not of that chunk
  static ByteBuffer read(DiskFile file, @Nullable Integer chunk, long position, int length)
      throws IOException {
    long first = position / SIZE;
    int count = (int) ((position + length - 1) / SIZE - first + 1);
    ByteBuffer raw = ByteBuffer.allocate(count * STRIDE);
    file.read(position(first), raw);
    byte[] bytes = raw.array();
    for (int i = 0; i < count; i++) {
      check(raw, i * STRIDE, first + i, chunk);
      System.arraycopy(bytes, i * STRIDE, bytes, i * SIZE, SIZE);
    }
    return ByteBuffer.wrap(bytes, (int) (position - first * SIZE), length).slice();
  }

  private static void check(ByteBuffer raw, int at, long block, @Nullable Integer chunk) {
    int id = raw.getInt(at + SIZE);
    boolean intact = raw.getInt(at + SIZE + 4) == checksum(raw.slice(at, SIZE), block, id);
    if (!intact || (chunk != null && chunk != id)) {
      throw DataUtils.newMVStoreException(
          DataUtils.ERROR_FILE_CORRUPT,
          "block {0} (at byte {1} of the file) {2}",
          block,
          position(block),
          intact ? "belongs to chunk " + id : "does not match its checksum");
    }
  }

  private static int checksum(ByteBuffer data, long block, int chunk) {
    return Checksum.of(data, ByteBuffer.allocate(12).putLong(block).putInt(chunk).flip());
  }
}
