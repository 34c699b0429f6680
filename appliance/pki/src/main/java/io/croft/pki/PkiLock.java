package io.croft.pki;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Keeps all others, threads and processes, from changing a directory of keys meanwhile. Held for
/// milliseconds; waits for its turn. Not to be taken twice by one thread.
final class PkiLock implements AutoCloseable {
  /// A file lock belongs to the process, so its threads take turns before.
  private static final ReentrantLock THREADS = new ReentrantLock();

  private final FileChannel file;

  private PkiLock(FileChannel file) {
    this.file = file;
  }

  static PkiLock take(Path directory) throws IOException {
    THREADS.lock();
    try {
      var mode = PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET);
      var file = FileChannel.open(directory.resolve("lock"), Set.of(CREATE, WRITE), mode);
      try {
        var _ = file.lock(); // given up with the file
        return new PkiLock(file);
      } catch (IOException | RuntimeException e) {
        file.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      THREADS.unlock();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      THREADS.unlock();
    }
  }
}
