package io.croft.client;

import io.croft.base.http.HttpResponse.BodySink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The receiving end of a watch in the same process: cuts the body into lines and hands each to
/// `onLine` on the writing thread. Nothing is queued: a slow receiver holds the writer back, and at
/// most one unfinished line of `maxLineBytes` is kept. [#close] may come from any thread.
final class LineSink implements BodySink {
  /// Takes one line, without its line feed.
  @FunctionalInterface
  interface LineReceiver {
    void onLine(byte[] line) throws IOException;
  }

  private final int maxLineBytes;
  private final LineReceiver onLine;
  private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();
  private final List<Runnable> closeActions = new ArrayList<>();
  private volatile boolean closed;

  LineSink(int maxLineBytes, LineReceiver onLine) {
    this.maxLineBytes = maxLineBytes;
    this.onLine = onLine;
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        append(bytes, start, i);
        start = i + 1;
        finishLine();
      }
    }
    append(bytes, start, bytes.length);
  }

  private void append(byte[] bytes, int from, int to) throws IOException {
    if (closed) {
      throw new IOException("the receiver has closed the watch");
    }
    if (unfinished.size() + (to - from) > maxLineBytes) {
      throw new IOException("a watch event is longer than " + maxLineBytes + " bytes");
    }
    unfinished.write(bytes, from, to - from);
  }

  private void finishLine() throws IOException {
    byte[] line = unfinished.toByteArray();
    unfinished.reset();
    if (line.length > 0) {
      onLine.onLine(line);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void onClose(Runnable action) {
    synchronized (closeActions) {
      if (!closed) {
        closeActions.add(action);
        return;
      }
    }
    action.run();
  }

  /// Ends the watch: wakes the writer by its close actions, and refuses what it writes from now on.
  void close() {
    List<Runnable> due;
    synchronized (closeActions) {
      closed = true;
      due = List.copyOf(closeActions);
      closeActions.clear();
    }
    due.forEach(Runnable::run);
  }
}
