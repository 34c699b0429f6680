package io.croft.store.internal.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A file. `read` may be called by any thread, interrupted ones included, and an interrupt never
/// closes the file; everything else is for one thread that nobody interrupts.
public interface DiskFile extends AutoCloseable {
  /// A page of memory, in bytes.
  int PAGE = 4096;

  /// Fills what remains of `target` from `position` on.
  ///
  /// @throws java.io.EOFException when the file ends before
  void read(long position, ByteBuffer target) throws IOException;

  /// Writes all that remains of `source`.
  ///
  /// @throws NoSpaceException when the disk is full; a part may have been written
  void write(long position, ByteBuffer source) throws IOException;

  /// Writes zeros, a page of memory at a time: what is written at once stays together in Linux's
  /// page cache, where a small write later makes all of it dirty.
  ///
  /// @throws NoSpaceException when the disk is full; a part may have been written
  default void clear(long position, long length) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(PAGE);
    long end = position + length;
    for (long at = position; at < end; at += zeros.limit()) {
      zeros.clear().limit((int) Math.min(PAGE - at % PAGE, end - at));
      write(at, zeros);
    }
  }

  /// Makes the content durable (`fdatasync`). After a failure nothing is known of what was written
  /// since the last success.
  void sync() throws IOException;

  /// The length in bytes.
  long size() throws IOException;

  /// Cuts the file off at `size`; does nothing when it is shorter.
  void truncate(long size) throws IOException;

  @Override
  void close() throws IOException;
}
