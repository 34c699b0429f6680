package io.croft.app.process;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.time.Duration;

/// Gives memory back once the process has little to do: what a burst of work had the heap grow by
/// is kept by Java until a full collection, which an idle process never needs.
///
/// Such a collection stops everything for about a tenth of a second; it is done once after a burst,
/// when nothing waits for an answer.
public final class IdleHeap implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  /// Who allocates less within an interval has little to do, in bytes.
  private static final long LITTLE = 8 << 20;

  /// What is worth a collection, in bytes.
  private static final long MUCH = 24 << 20;

  /// Not [Runtime], for which the native binary's heap has always the size of its bound.
  private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();

  private final Thread thread = Thread.ofPlatform().daemon().name("idle-heap").unstarted(this::run);
  private long used;

  /// The heap after the last collection, in bytes.
  private long kept;

  private IdleHeap() {}

  /// Begins to look.
  public static IdleHeap watch() {
    IdleHeap heap = new IdleHeap();
    heap.thread.start();
    return heap;
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(INTERVAL);
        look();
      }
    } catch (InterruptedException _) {
      // It is closed.
    }
  }

  private void look() {
    MemoryUsage now = memory.getHeapMemoryUsage();
    // It shrinks when a collection has just been needed.
    boolean isIdle = now.getUsed() >= used && now.getUsed() - used < LITTLE;
    used = now.getUsed();
    if (isIdle && now.getCommitted() - kept > MUCH) {
      System.gc();
      MemoryUsage left = memory.getHeapMemoryUsage();
      kept = left.getCommitted();
      used = left.getUsed();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
