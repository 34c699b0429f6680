package io.croft.engine.supervision;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// A program's output in `NAME.log`, its predecessors in `NAME.1.log`, `NAME.2.log` and so on, all
/// of bounded size. Thread-safe.
final class BoundedLog implements AutoCloseable {
  private final Path directory;
  private final String name;
  private final long maxBytes;
  private final int predecessors;
  private FileChannel file;

  /// @param maxBytes of each file
  /// @param predecessors how many files are kept besides the newest
  BoundedLog(Path directory, String name, long maxBytes, int predecessors) throws IOException {
    this.directory = directory;
    this.name = name;
    this.maxBytes = maxBytes;
    this.predecessors = predecessors;
    AtomicFiles.ensurePrivateDirectory(directory);
    this.file = open();
  }

  synchronized void write(byte[] bytes, int count) throws IOException {
    if (file.size() > 0 && file.size() + count > maxBytes) {
      rotate();
    }
    var piece = ByteBuffer.wrap(bytes, 0, count);
    while (piece.hasRemaining()) {
      file.write(piece);
    }
  }

  private void rotate() throws IOException {
    file.close();
    Files.deleteIfExists(numbered(predecessors));
    for (int i = predecessors - 1; i >= 0; i--) {
      if (Files.exists(numbered(i))) {
        Files.move(numbered(i), numbered(i + 1), ATOMIC_MOVE);
      }
    }
    file = open();
  }

  private Path numbered(int number) {
    return directory.resolve(number == 0 ? name + ".log" : name + "." + number + ".log");
  }

  private FileChannel open() throws IOException {
    var mode = PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET);
    return FileChannel.open(numbered(0), Set.of(CREATE, WRITE, APPEND), mode);
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}
