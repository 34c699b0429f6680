package io.croft.store.internal.state;

import io.croft.store.internal.disk.DiskFile;
import io.croft.store.internal.log.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// A state on its way to the disk. Until it is finished, what it brings is read from here.
public final class Checkpoint {
  private final DiskFile file;
  private final LogPosition position;
  private final List<Image> images;
  private final Superblock superblock;

  Checkpoint(DiskFile file, LogPosition position, List<Image> images, Superblock superblock) {
    this.file = file;
    this.position = position;
    this.images = images;
    this.superblock = superblock;
  }

  /// What a chunk will have in the file.
  ///
  /// @param position of the first block, in bytes
  /// @param bytes whole blocks, without their trailers
  record Image(long position, int chunk, ByteBuffer bytes) {
    boolean has(long from, int length) {
      return from >= position && from + length <= position + bytes.limit();
    }
  }

  /// All of the log before is in it.
  public LogPosition position() {
    return position;
  }

  /// How much it writes, about, in bytes.
  public long bytes() {
    return images.stream().mapToLong(image -> image.bytes().limit()).sum();
  }

  Superblock superblock() {
    return superblock;
  }

  /// Makes it durable and valid; for one thread at a time, any thread.
  ///
  /// @throws io.croft.store.internal.disk.NoSpaceException when the disk is full; it may be called
  ///   again then
  /// @throws IOException on any other failure; the state must then not be used any more
  public void write() throws IOException {
    for (Image image : images) {
      Blocks.write(file, image.chunk(), image.position(), image.bytes().duplicate());
    }
    file.sync();
    superblock.write(file);
    file.sync();
  }
}
