package io.croft.apiserver.registry;

import io.croft.model.Statuses;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Bounds the stored bytes that are in memory at a time on their way to clients, of all lists and
/// of what watches begin with. Who finds no room waits a little and is then sent away with 429.
/// Thread-safe.
public final class PageBudget {
  /// What part of the heap may be taken: there are trees and buffers besides.
  private static final int PART = 4;

  private static final long PATIENCE_SECONDS = 10;
  private static final int UNIT = 1024;

  private final Semaphore kibibytes;
  private final int most;

  /// @param heapBytes the most that the heap grows to
  public PageBudget(long heapBytes) {
    most = (int) Math.clamp(heapBytes / PART / UNIT, Pages.TARGET_BYTES / UNIT, Integer.MAX_VALUE);
    kibibytes = new Semaphore(most, true);
  }

  /// What one answer takes; used by one thread.
  public final class Share implements AutoCloseable {
    private int taken;

    private Share() {}

    /// Makes room for the next piece, before it is known how large that is.
    ///
    /// @throws io.croft.model.StatusException 429
    public void next() {
      resize(Pages.TARGET_BYTES);
    }

    /// Takes as much as is in memory now.
    ///
    /// @throws io.croft.model.StatusException 429
    public void resize(long bytes) {
      int wanted = (int) Math.min(most, (bytes + UNIT - 1) / UNIT);
      if (wanted <= taken) {
        kibibytes.release(taken - wanted);
      } else {
        acquire(wanted - taken);
      }
      taken = wanted;
    }

    @Override
    public void close() {
      resize(0);
    }
  }

  /// A share that is still empty.
  public Share share() {
    return new Share();
  }

  private void acquire(int units) {
    try {
      if (!kibibytes.tryAcquire(units, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw Statuses.tooManyRequests("too many large lists at a time", 1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Statuses.tooManyRequests("interrupted while waiting for room", 1);
    }
  }
}
