package io.croft.fleet.agent.component;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/// Reads what a script says and keeps the end of it.
final class OutputTail implements AutoCloseable {
  static final int MAX_BYTES = 4096;

  /// What goes on running may hold the output open for ever.
  private static final Duration REST = Duration.ofSeconds(1);

  private final InputStream from;
  private final Thread reader;
  private byte[] tail = new byte[0];

  OutputTail(InputStream from) {
    this.from = from;
    this.reader = Thread.ofVirtual().name("script-output").start(this::read);
  }

  private void read() {
    byte[] piece = new byte[MAX_BYTES];
    try {
      int count = from.read(piece);
      while (count >= 0) {
        add(piece, count);
        count = from.read(piece);
      }
    } catch (IOException e) {
      add(new byte[0], 0); // closed: what was said until now counts
    }
  }

  private synchronized void add(byte[] piece, int count) {
    byte[] all = Arrays.copyOf(tail, tail.length + count);
    System.arraycopy(piece, 0, all, tail.length, count);
    tail = Arrays.copyOfRange(all, Math.max(0, all.length - MAX_BYTES), all.length);
  }

  /// Of a script that has ended. Without what would do something to a terminal.
  String text() throws InterruptedException {
    reader.join(REST);
    synchronized (this) {
      String text = new String(tail, StandardCharsets.UTF_8);
      return text.replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", "");
    }
  }

  @Override
  public void close() throws IOException {
    from.close();
  }
}
