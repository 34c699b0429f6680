package io.croft.fleet.tunnel;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One question and its answer on a [Link]: a head and bytes each way. Whoever sends more than
/// [#WINDOW] bytes waits until the other side has read them, so that this holds no more than that
/// of either side. Thread-safe.
final class LinkStream {
  /// What may be under way in each direction, in bytes.
  static final int WINDOW = 64 << 10;

  private final Link link;
  private final int id;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<byte[]> arrived = new ArrayDeque<>();
  private @Nullable ObjectNode head;
  private int arrivedBytes;
  private int uncredited;
  private int credit = WINDOW;
  private boolean theirEnd;
  private boolean ourEnd;
  private @Nullable String failure;

  LinkStream(Link link, int id) {
    this.link = link;
    this.id = id;
  }

  /// Sends the question's or the answer's head.
  void sendHead(ObjectNode json) throws IOException {
    byte[] bytes = Json.bytes(json);
    if (bytes.length > Frame.MAX_BYTES) {
      throw new IOException("a head of " + bytes.length + " bytes");
    }
    link.send(new Frame(Frame.Type.HEAD, id, bytes));
  }

  /// Waits for the answer's head.
  ObjectNode awaitHead() throws IOException {
    lock.lock();
    try {
      long left = link.stallNanos();
      while (head == null) {
        requireWhole();
        left = pause(left, "the host does not answer");
      }
      return head;
    } finally {
      lock.unlock();
    }
  }

  /// Sends bytes; blocks while the other side does not read.
  void write(byte[] bytes) throws IOException {
    int sent = 0;
    while (sent < bytes.length) {
      int count = takeCredit(Math.min(bytes.length - sent, Frame.MAX_BYTES));
      byte[] piece = new byte[count];
      System.arraycopy(bytes, sent, piece, 0, count);
      link.send(new Frame(Frame.Type.DATA, id, piece));
      sent += count;
    }
  }

  private int takeCredit(int wanted) throws IOException {
    lock.lock();
    try {
      long left = link.stallNanos();
      while (credit == 0) {
        requireWhole();
        left = pause(left, "the other side does not read");
      }
      requireWhole();
      int taken = Math.min(credit, wanted);
      credit -= taken;
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /// No more is sent.
  void end() throws IOException {
    link.send(Frame.of(Frame.Type.END, id));
    lock.lock();
    try {
      ourEnd = true;
    } finally {
      lock.unlock();
    }
    forgetIfDone();
  }

  /// Breaks it off, unless it is over.
  void close() {
    boolean over;
    lock.lock();
    try {
      over = (theirEnd && ourEnd) || failure != null;
    } finally {
      lock.unlock();
    }
    link.forget(id);
    if (!over) {
      fail("closed");
      link.sendQuietly(Frame.of(Frame.Type.RESET, id));
    }
  }

  /// What the other side sends. For one thread.
  InputStream input() {
    return new Input();
  }

  private final class Input extends InputStream {
    private byte[] piece = new byte[0];
    private int at;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (at == piece.length) {
        byte[] next = take();
        if (next.length == 0) {
          return -1;
        }
        piece = next;
        at = 0;
      }
      int count = Math.min(length, piece.length - at);
      System.arraycopy(piece, at, into, offset, count);
      at += count;
      return count;
    }
  }

  /// @return empty at the end
  private byte[] take() throws IOException {
    byte[] piece;
    int due = 0;
    lock.lock();
    try {
      long left = link.stallNanos();
      while (arrived.isEmpty()) {
        if (theirEnd) {
          return new byte[0];
        }
        requireWhole();
        left = pause(left, "the other side sends nothing");
      }
      piece = arrived.remove();
      arrivedBytes -= piece.length;
      uncredited += piece.length;
      if (uncredited >= WINDOW / 2 && !theirEnd) {
        due = uncredited;
        uncredited = 0;
      }
    } finally {
      lock.unlock();
    }
    if (due > 0) {
      link.send(Frame.credit(id, due));
    }
    return piece;
  }

  /// Takes a frame of this stream. On the link's reader.
  ///
  /// @throws IOException when the other side does not keep to the rules
  void receive(Frame frame) throws IOException {
    lock.lock();
    try {
      switch (frame.type()) {
        case HEAD -> head = Link.head(frame);
        case DATA -> {
          arrivedBytes += frame.payload().length;
          if (arrivedBytes > WINDOW || theirEnd) {
            throw new IOException("the other side sends more than it may");
          }
          if (frame.payload().length > 0) {
            arrived.add(frame.payload());
          }
        }
        case END -> theirEnd = true;
        case RESET -> failure = "the other side has broken off";
        case CREDIT -> {
          if (credit > WINDOW - frame.credit()) {
            throw new IOException("the other side gives more credit than there is");
          }
          credit += frame.credit();
        }
        case PING -> {}
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    forgetIfDone();
  }

  private void forgetIfDone() {
    boolean done;
    lock.lock();
    try {
      done = (theirEnd && ourEnd) || failure != null;
    } finally {
      lock.unlock();
    }
    if (done) {
      link.forget(id);
    }
  }

  /// Ends whoever waits.
  void fail(String why) {
    lock.lock();
    try {
      if (failure == null) {
        failure = why;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void requireWhole() throws IOException {
    if (failure != null) {
      throw new IOException(failure);
    }
  }

  /// Waits for any change; whoever calls looks again at what it waits for.
  @SuppressWarnings("WaitNotInLoop") // the loops are the callers'
  private long pause(long leftNanos, String complaint) throws IOException {
    if (leftNanos <= 0) {
      throw new IOException(complaint);
    }
    try {
      return changed.awaitNanos(leftNanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the other side");
    }
  }
}
