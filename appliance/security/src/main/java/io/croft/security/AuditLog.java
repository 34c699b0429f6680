package io.croft.security;

import io.croft.base.Component;
import io.croft.base.DataSize;
import io.croft.base.LossCount;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes audit events to a file, one JSON object per line, on one thread of its own.
///
/// At most `queueLength` events wait. A request whose event finds the queue full waits for at most
/// 20 ms and then goes on without it; what is lost that way, or because the disk fails, is counted
/// and logged. The files are readable by their owner only and bounded in size and number; an event
/// takes at most 16 KiB, longer ones are cut; with the bodies that a policy wants, 192 KiB.
public final class AuditLog implements Component, AuditSink {
  private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
  private static final long PATIENCE_MILLIS = 20;
  private static final long STOP_MILLIS = 5_000;
  private static final int MAX_BODY_BYTES = 16 << 20;
  private static final int MAX_BATCH = 256;

  /// How long the first event of a batch waits for others.
  private static final Duration GATHER = Duration.ofMillis(2);

  /// Written at once, but for a single longer line.
  private static final int MAX_PIECE_BYTES = 64 << 10;

  private final RotatedFile file;
  private final long maxPieceBytes;
  private final BlockingQueue<Optional<AuditEvent>> queue;

  /// Bytes of bodies for which there is room in the queue; beyond, events go without.
  private final Semaphore bodies = new Semaphore(MAX_BODY_BYTES);

  private final LossCount dropped = new LossCount();
  private @Nullable Thread writer;
  private volatile boolean stopping;

  /// @param path of the newest file; older ones get `.1`, `.2`, … appended
  /// @param maxFileSize that no file exceeds
  /// @param maxFiles how many there are at most, the newest included
  /// @param queueLength how many events wait at most
  public record Config(Path path, DataSize maxFileSize, int maxFiles, int queueLength) {
    public static Config at(Path path) {
      return new Config(path, DataSize.ofMebibytes(16), 5, 4096);
    }
  }

  public AuditLog(Config config) {
    this.file = new RotatedFile(config.path(), config.maxFileSize().bytes(), config.maxFiles());
    this.maxPieceBytes = Math.min(MAX_PIECE_BYTES, config.maxFileSize().bytes());
    this.queue = new ArrayBlockingQueue<>(config.queueLength());
  }

  @Override
  public String name() {
    return "audit";
  }

  @Override
  public void init() throws IOException {
    file.open();
  }

  @Override
  public synchronized void start() {
    writer = Thread.ofPlatform().name("audit-log").daemon().start(this::run);
  }

  /// Writes what waits, within five seconds, and closes the file; events that come later are lost.
  @Override
  public synchronized void stop() {
    stopping = true;
    queue.offer(Optional.empty()); // wakes the writer; when the queue is full it is awake
    if (writer != null) {
      try {
        writer.join(STOP_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      writer = null;
    }
    file.close();
  }

  @Override
  public void accept(AuditEvent event) {
    if (event.level() == AuditLevel.NONE) {
      return;
    }
    AuditEvent fitting = bodies.tryAcquire(event.bodyBytes()) ? event : event.withoutBodies();
    try {
      if (!stopping && queue.offer(Optional.of(fitting), PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    bodies.release(fitting.bodyBytes());
    drop(1, "the queue is full");
  }

  /// How many events were lost since the start.
  public long dropped() {
    return dropped.total();
  }

  private void run() {
    var batch = new ArrayList<Optional<AuditEvent>>(MAX_BATCH);
    while (!stopping || !queue.isEmpty()) {
      try {
        batch.add(queue.take());
        if (!stopping) {
          Thread.sleep(GATHER); // else every request would have to wake this thread
        }
        queue.drainTo(batch, MAX_BATCH - 1);
        write(batch);
        batch.clear();
      } catch (InterruptedException e) {
        return; // nobody does that
      }
    }
  }

  /// Many lines go to the file as one piece: a system call for each would cost more than the line.
  private void write(List<Optional<AuditEvent>> batch) {
    var lines = new ByteArrayOutputStream();
    int events = 0;
    for (Optional<AuditEvent> entry : batch) {
      if (entry.isEmpty()) {
        continue;
      }
      byte[] line = line(entry.get());
      if (lines.size() + line.length > maxPieceBytes) {
        append(lines.toByteArray(), events);
        lines.reset();
        events = 0;
      }
      lines.writeBytes(line);
      events += line.length == 0 ? 0 : 1;
    }
    append(lines.toByteArray(), events);
  }

  private byte[] line(AuditEvent event) {
    try {
      return AuditLine.of(event);
    } catch (RuntimeException e) {
      drop(1, e.toString()); // the thread must live on, whatever is wrong with this one
      return new byte[0];
    } finally {
      bodies.release(event.bodyBytes());
    }
  }

  private void append(byte[] lines, int events) {
    try {
      file.append(lines);
    } catch (IOException | RuntimeException e) {
      drop(events, e.toString());
    }
  }

  private void drop(int events, String cause) {
    if (dropped.add(events)) {
      LOG.atError()
          .addKeyValue("droppedSoFar", dropped.total())
          .addKeyValue("cause", cause)
          .log("Audit events were lost");
    }
  }
}
