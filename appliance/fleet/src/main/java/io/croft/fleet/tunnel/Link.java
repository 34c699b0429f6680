package io.croft.fleet.tunnel;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One end of a connection that carries many questions at a time, see [LinkStream]: the appliance
/// asks, the host answers. Either end shows every [#PING] that it lives, and takes the other for
/// gone after [#SILENCE]. Thread-safe.
final class Link implements AutoCloseable {
  /// How many questions are open at a time.
  static final int MAX_STREAMS = 64;

  static final Duration PING = Duration.ofSeconds(8);
  static final Duration SILENCE = Duration.ofSeconds(25);

  /// How long the other side may not move in a stream that is waited for.
  private static final Duration STALL = Duration.ofSeconds(60);

  private static final Logger LOG = LoggerFactory.getLogger(Link.class);

  private final DataInputStream in;
  private final Output out;
  private final Answering answering;
  private final Duration stall;
  private final ReentrantLock writing = new ReentrantLock();
  private final Map<Integer, LinkStream> streams = new ConcurrentHashMap<>();
  private volatile long heardNanos = System.nanoTime();
  private volatile boolean closed;
  private int lastId;

  /// Where frames go.
  interface Output {
    /// Sends at once; blocks while the connection is full.
    void write(byte[] bytes) throws IOException;

    /// Breaks the connection off, so that whoever reads or writes is woken.
    void abort();
  }

  /// Answers a question; on a thread of its own.
  @FunctionalInterface
  interface Answering {
    void answer(ObjectNode head, LinkStream stream) throws IOException;

    /// The appliance is asked nothing.
    Answering NOTHING =
        (_, _) -> {
          throw new IOException("this side answers nothing");
        };
  }

  Link(InputStream in, Output out, Answering answering) {
    this(in, out, answering, STALL);
  }

  /// @param stall how long the other side may not move in a stream that is waited for
  Link(InputStream in, Output out, Answering answering, Duration stall) {
    this.in = new DataInputStream(new BufferedInputStream(in, Frame.MAX_BYTES));
    this.out = out;
    this.answering = answering;
    this.stall = stall;
  }

  /// Works until the connection ends, on the calling thread.
  void run() throws IOException {
    Thread pulse = Thread.ofVirtual().name("link-pulse").start(this::pulse);
    try {
      while (true) {
        receive(Frame.read(in));
        heardNanos = System.nanoTime();
      }
    } finally {
      close();
      pulse.interrupt();
    }
  }

  private void pulse() {
    try {
      while (!closed) {
        Thread.sleep(PING);
        if (System.nanoTime() - heardNanos > SILENCE.toNanos()) {
          LOG.info("a link is silent, and broken off");
          close();
          return;
        }
        send(Frame.of(Frame.Type.PING, 0));
      }
    } catch (InterruptedException e) {
      LOG.debug("a link ends");
    } catch (IOException e) {
      close();
    }
  }

  private void receive(Frame frame) throws IOException {
    if (frame.type() == Frame.Type.PING) {
      return;
    }
    LinkStream stream = streams.get(frame.stream());
    if (stream != null) {
      stream.receive(frame);
    } else if (frame.type() == Frame.Type.HEAD && !answering.equals(Answering.NOTHING)) {
      begin(frame);
    }
    // What else comes belongs to a stream that was just broken off here.
  }

  private void begin(Frame frame) throws IOException {
    if (streams.size() >= MAX_STREAMS) {
      send(Frame.of(Frame.Type.RESET, frame.stream()));
      return;
    }
    var stream = new LinkStream(this, frame.stream());
    streams.put(frame.stream(), stream);
    ObjectNode head = head(frame);
    Thread.ofVirtual().name("link-" + frame.stream()).start(() -> answer(head, stream));
  }

  private void answer(ObjectNode head, LinkStream stream) {
    try {
      answering.answer(head, stream);
    } catch (IOException | RuntimeException e) {
      LOG.debug("a question is not answered to its end", e);
    } finally {
      stream.close();
    }
  }

  /// Asks something.
  ///
  /// @throws IOException when the link is broken or too much is asked at a time
  LinkStream ask(ObjectNode head) throws IOException {
    LinkStream stream;
    synchronized (this) {
      if (closed) {
        throw new IOException("the host is not connected any more");
      }
      if (streams.size() >= MAX_STREAMS) {
        throw new IOException("the host is asked " + MAX_STREAMS + " things already");
      }
      lastId = lastId == Integer.MAX_VALUE ? 1 : lastId + 1;
      stream = new LinkStream(this, lastId);
      streams.put(lastId, stream);
    }
    stream.sendHead(head);
    return stream;
  }

  static ObjectNode head(Frame frame) throws IOException {
    try {
      return Json.parseObject(frame.payload());
    } catch (MalformedJsonException e) {
      throw new IOException("a head that is no JSON object", e);
    }
  }

  void send(Frame frame) throws IOException {
    writing.lock();
    try {
      out.write(frame.encode());
    } finally {
      writing.unlock();
    }
  }

  void sendQuietly(Frame frame) {
    try {
      send(frame);
    } catch (IOException e) {
      LOG.debug("the link is broken", e);
    }
  }

  long stallNanos() {
    return stall.toNanos();
  }

  void forget(int id) {
    streams.remove(id);
  }

  /// Breaks it off; repeatable.
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    streams.values().forEach(stream -> stream.fail("the connection to the host is broken"));
    streams.clear();
    out.abort();
  }
}
