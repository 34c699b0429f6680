package io.croft.security;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A file that is appended to and, when more would exceed its limit, is set aside as `.1` (what was
/// `.1` becomes `.2`, and so on; the oldest is deleted). Mode 0600.
final class RotatedFile {
  private final Path path;
  private final long maxBytes;
  private final int maxFiles;
  private @Nullable FileChannel channel;
  private long size;

  /// @param maxBytes exceeded only by a file that holds a single append
  /// @param maxFiles at least 1
  RotatedFile(Path path, long maxBytes, int maxFiles) {
    this.path = path;
    this.maxBytes = maxBytes;
    this.maxFiles = maxFiles;
  }

  synchronized void open() throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory != null && Files.notExists(directory)) {
      AtomicFiles.ensurePrivateDirectory(directory);
    }
    reopen();
  }

  /// Opens the file first when that failed, or when it was closed.
  synchronized void append(byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      return;
    }
    if (channel != null && size > 0 && size + bytes.length > maxBytes) {
      rotate();
    }
    FileChannel to = channel == null ? reopen() : channel;
    var buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      size += to.write(buffer);
    }
  }

  synchronized void close() {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // What was written is with the kernel; there is nothing more to lose.
      }
      channel = null;
    }
  }

  private FileChannel reopen() throws IOException {
    var mode = PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET);
    var opened = FileChannel.open(path, Set.of(CREATE, APPEND), mode);
    AtomicFiles.narrow(path, AtomicFiles.SECRET);
    size = opened.size();
    channel = opened;
    return opened;
  }

  private void rotate() throws IOException {
    close();
    for (int n = maxFiles - 1; n >= 1; n--) {
      Path newer = n == 1 ? path : aside(n - 1);
      if (Files.exists(newer)) {
        Files.move(newer, aside(n), ATOMIC_MOVE);
      }
    }
    if (maxFiles == 1) {
      Files.delete(path);
    }
  }

  private Path aside(int n) {
    return path.resolveSibling(path.getFileName() + "." + n);
  }
}
