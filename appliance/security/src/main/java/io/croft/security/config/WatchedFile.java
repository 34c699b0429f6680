package io.croft.security.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A configuration file that is looked at again and again. What is wrong with it at first keeps the
/// appliance from starting; later it is said once in the log, and what was read before stays in
/// force. Thread-safe.
public final class WatchedFile {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final Path file;
  private final int maxBytes;
  private final Reader reader;
  private byte[] seen = {};
  private @Nullable Thread watcher;

  /// Takes over what a file says.
  @FunctionalInterface
  public interface Reader {
    /// @throws Exception when it cannot be used; the message says why
    void read(byte[] text) throws Exception;
  }

  public WatchedFile(Path file, int maxBytes, Reader reader) {
    this.file = file;
    this.maxBytes = maxBytes;
    this.reader = reader;
  }

  /// Reads it for the first time.
  ///
  /// @throws IOException when it cannot be read or used
  public synchronized void open() throws IOException {
    byte[] text = bytes();
    try {
      reader.read(text);
    } catch (Exception e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    seen = text;
  }

  public synchronized void watch() {
    watcher =
        Thread.ofVirtual().name("watch-" + file.getFileName()).start(this::lookUntilInterrupted);
  }

  public synchronized void close() {
    if (watcher != null) {
      watcher.interrupt();
      watcher = null;
    }
  }

  private void lookUntilInterrupted() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Reads it anew if it has changed.
  public synchronized void look() {
    try {
      byte[] text = bytes();
      if (!Arrays.equals(text, seen)) {
        seen = text; // also of a wrong one, so that it is reported once
        reader.read(text);
        LOG.atInfo().addKeyValue("file", file).log("Took over a changed configuration");
      }
    } catch (Exception e) { // whatever it is, the file may be mended
      LOG.atError()
          .addKeyValue("file", file)
          .addKeyValue("reason", e.getMessage())
          .log("A configuration cannot be used; the one before stays in force");
    }
  }

  private byte[] bytes() throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new IOException(file + " is longer than " + maxBytes + " bytes");
      }
      return bytes;
    }
  }
}
