package io.croft.store.internal.disk;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A file of the local file system. Writing goes through a `FileChannel`, which an interrupt of the
/// thread inside closes for all; reading, which callers' threads do, goes through
/// `RandomAccessFile`s, which know no interrupts but have one position each, hence a lock per file
/// and several of them.
final class LocalFile implements DiskFile {
  private static final int READERS = 4;

  private final Path path;
  private final FileChannel channel;
  private final Reader[] readers = new Reader[READERS];

  private LocalFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
    for (int i = 0; i < READERS; i++) {
      readers[i] = new Reader(path);
    }
  }

  static LocalFile open(Path path) throws IOException {
    return new LocalFile(path, LocalDisk.openChannel(path));
  }

  @Override
  public void read(long position, ByteBuffer target) throws IOException {
    int first = (int) (Thread.currentThread().threadId() % READERS);
    for (int i = 0; i < READERS; i++) {
      if (readers[(first + i) % READERS].tryRead(position, target)) {
        return;
      }
    }
    readers[first].read(position, target);
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    int length = source.remaining();
    try {
      for (long at = position; source.hasRemaining(); ) {
        at += channel.write(source, at);
      }
    } catch (IOException e) {
      throw isNoSpace(e, length) ? new NoSpaceException("the disk of " + path + " is full", e) : e;
    }
  }

  /// The operating system's words may be in any language, so that the free space counts as well.
  private boolean isNoSpace(IOException e, int length) throws IOException {
    String words = String.valueOf(e.getMessage());
    return words.contains("No space left")
        || words.contains("quota")
        || Files.getFileStore(path).getUsableSpace() < length;
  }

  @Override
  public void sync() throws IOException {
    channel.force(false);
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public void truncate(long size) throws IOException {
    channel.truncate(size);
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      for (Reader reader : readers) {
        reader.close();
      }
    }
  }

  /// One position in the file, opened at first use.
  private static final class Reader {
    private final Path path;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable RandomAccessFile file;
    private boolean closed;

    Reader(Path path) {
      this.path = path;
    }

    boolean tryRead(long position, ByteBuffer target) throws IOException {
      if (!lock.tryLock()) {
        return false;
      }
      try {
        fill(position, target);
        return true;
      } finally {
        lock.unlock();
      }
    }

    void read(long position, ByteBuffer target) throws IOException {
      lock.lock();
      try {
        fill(position, target);
      } finally {
        lock.unlock();
      }
    }

    private void fill(long position, ByteBuffer target) throws IOException {
      RandomAccessFile opened = opened();
      opened.seek(position);
      byte[] array = target.array();
      while (target.hasRemaining()) {
        int n = opened.read(array, target.arrayOffset() + target.position(), target.remaining());
        if (n < 0) {
          throw new EOFException(path + " ends before " + (position + target.limit()));
        }
        target.position(target.position() + n);
      }
    }

    private RandomAccessFile opened() throws IOException {
      if (closed) {
        throw new IOException(path + " is closed");
      }
      if (file == null) {
        file = new RandomAccessFile(path.toFile(), "r");
      }
      return file;
    }

    void close() throws IOException {
      lock.lock();
      try {
        closed = true;
        if (file != null) {
          file.close();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
