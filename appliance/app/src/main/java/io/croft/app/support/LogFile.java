package io.croft.app.support;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// A log that somebody reads while it is written and rotated. For one thread.
public final class LogFile {
  private static final int CHUNK_BYTES = 64 << 10;
  private static final long PAUSE_MILLIS = 200;

  private final Path path;
  private final ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);

  /// How far the file was read, and which file that was, as rotation puts another in its place.
  private long position;

  private Object key = "";

  public LogFile(Path path) {
    this.path = path;
  }

  /// Prints what is in the file.
  ///
  /// @param lines how many of the last ones, at most
  public void print(int lines, PrintStream out) throws IOException {
    try (var file = FileChannel.open(path)) {
      key = keyOf(path);
      position = startOfLast(lines, file);
      copy(file, out);
    }
    out.flush();
  }

  /// Prints what is added, until the thread is interrupted or the output is closed. A file that was
  /// rotated away is read to its end before its successor.
  public void follow(PrintStream out) throws IOException, InterruptedException {
    while (!out.checkError()) {
      try (var file = FileChannel.open(path)) {
        if (!keyOf(path).equals(key) || file.size() < position) {
          key = keyOf(path);
          position = 0;
        }
        do {
          copy(file, out);
          out.flush();
          Thread.sleep(PAUSE_MILLIS);
        } while (!out.checkError() && key.equals(keyOf(path)) && file.size() >= position);
        copy(file, out);
      } catch (NoSuchFileException _) {
        Thread.sleep(PAUSE_MILLIS); // rotated just now
      }
    }
  }

  private void readFully(FileChannel file, long from) throws IOException {
    while (buffer.hasRemaining() && file.read(buffer, from + buffer.position()) >= 0) {
      // more
    }
  }

  /// Which file a path leads to now; nothing that a file has when there is none.
  private static Object keyOf(Path path) throws IOException {
    try {
      Object key = Files.getAttribute(path, "unix:ino");
      return key == null ? "" : key;
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private void copy(FileChannel file, OutputStream out) throws IOException {
    file.position(position);
    while (file.read(buffer.clear()) > 0) {
      out.write(buffer.array(), 0, buffer.position());
      position += buffer.position();
    }
  }

  /// Reads backwards, so that the end of a large file comes at once.
  private long startOfLast(int lines, FileChannel file) throws IOException {
    long end = file.size();
    if (lines == 0) {
      return end;
    }
    int left = lines;
    for (long to = end; to > 0; ) {
      long from = Math.max(0, to - CHUNK_BYTES);
      buffer.clear().limit((int) (to - from));
      readFully(file, from);
      for (int i = (int) (to - from) - 1; i >= 0; i--) {
        if (buffer.get(i) == '\n' && from + i < end - 1 && --left == 0) {
          return from + i + 1;
        }
      }
      to = from;
    }
    return 0;
  }
}
