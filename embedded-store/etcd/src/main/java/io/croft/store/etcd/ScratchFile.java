package io.croft.store.etcd;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that nobody else sees and that goes when it is closed, or with the process.
record ScratchFile(FileChannel channel, Path path) implements AutoCloseable {
  /// @param directory where it takes its space; created when it is missing
  static ScratchFile in(Path directory) throws IOException {
    Files.createDirectories(directory);
    // Only its owner may read a temporary file.
    Path path = Files.createTempFile(directory, "etcd-", ".tmp");
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      Files.delete(path);
    } catch (IOException _) {
      // This system keeps the name of an open file: it goes in close().
    }
    return new ScratchFile(channel, path);
  }

  /// Reads a part of it. Not to be closed.
  InputStream read(long from, long to) {
    return new InputStream() {
      private long position = from;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int most = (int) Math.min(length, to - position);
        int count = most <= 0 ? -1 : channel.read(ByteBuffer.wrap(bytes, offset, most), position);
        position += Math.max(0, count);
        return count;
      }
    };
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(path);
  }
}
