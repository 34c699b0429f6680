package io.croft.base;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// Closes a stream that nothing comes from any more, which the JDK's HTTP client would wait for.
/// Only the time counts in which something is waited for.
final class StallWatch implements AutoCloseable {
  private final InputStream stream;
  private final Duration silence;
  private final Thread thread;
  private volatile long readingSince;
  private volatile boolean reading;
  private volatile boolean stalled;

  StallWatch(InputStream stream, Duration silence) {
    this.stream = stream;
    this.silence = silence;
    this.thread = Thread.ofVirtual().name("download-watch").start(this::watch);
  }

  /// As [InputStream#read(byte[])].
  int read(byte[] piece) throws IOException {
    readingSince = System.nanoTime();
    reading = true;
    try {
      int count = stream.read(piece);
      if (!stalled) {
        return count;
      }
    } catch (IOException e) {
      if (!stalled) {
        throw e;
      }
    } finally {
      reading = false;
    }
    throw new IOException("nothing came for " + silence.toSeconds() + " s");
  }

  private void watch() {
    try {
      while (!reading || System.nanoTime() - readingSince < silence.toNanos()) {
        Thread.sleep(silence.dividedBy(4));
      }
      stalled = true;
      stream.close();
    } catch (InterruptedException | IOException e) {
      // nobody reads any more, or what is read from is closed already
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
