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

  /// A piece of the file as it will be.
  ///
  /// @param start where it begins in the file, in bytes
  record Image(long start, ByteBuffer bytes) {
    /// Fills `target` with what will stand at `position`, if all of that is in here.
    boolean read(long position, ByteBuffer target) {
      boolean isCovered =
          position >= start && position + target.remaining() <= start + bytes.limit();
      if (isCovered) {
        target.put(bytes.slice((int) (position - start), target.remaining()));
      }
      return isCovered;
    }
  }

  /// All of the log before is in it.
  public LogPosition position() {
    return position;
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
      file.write(image.start(), image.bytes().duplicate());
    }
    file.sync();
    superblock.write(file);
    file.sync();
  }
}
