package io.croft.base;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// Closes a stream from which next to nothing comes any more, which the JDK's HTTP client would
/// wait for. Only the time counts in which something is waited for.
final class StallWatch implements AutoCloseable {
  /// Who sends less in all of the time is not worth waiting for.
  private static final int LEAST_BYTES = 16 << 10;

  private final InputStream stream;
  private final Duration silence;
  private final Thread thread;

  /// What came since the time began to count, and for how long it was waited for before this read.
  /// Of the reader alone.
  private int came;

  private long waitedNanos;

  /// Of `System.nanoTime`: when this read would have begun had all others been in one.
  private volatile long waitingSince;

  private volatile boolean reading;
  private volatile boolean stalled;

  StallWatch(InputStream stream, Duration silence) {
    this.stream = stream;
    this.silence = silence;
    this.thread = Thread.ofVirtual().name("download-watch").start(this::watch);
  }

  /// As [InputStream#read(byte[])].
  int read(byte[] piece) throws IOException {
    waitingSince = System.nanoTime() - waitedNanos;
    reading = true;
    try {
      int count = stream.read(piece);
      if (!stalled) {
        count(count);
        return count;
      }
    } catch (IOException e) {
      if (!stalled) {
        throw e;
      }
    } finally {
      reading = false;
    }
    throw new IOException("next to nothing came for " + silence.toSeconds() + " s");
  }

  private void count(int bytes) {
    came += bytes;
    waitedNanos = System.nanoTime() - waitingSince;
    if (came >= LEAST_BYTES) {
      came = 0;
      waitedNanos = 0;
    }
  }

  private void watch() {
    try {
      while (!reading || System.nanoTime() - waitingSince < silence.toNanos()) {
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
