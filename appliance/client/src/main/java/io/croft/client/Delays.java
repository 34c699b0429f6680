package io.croft.client;

import java.time.Duration;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// The passing of time, for those who do things later. Thread-safe.
public interface Delays {
  /// As [System#nanoTime].
  long nanoTime();

  /// Runs `action`, which must not block, once `delay` has passed.
  ///
  /// @return to cancel it
  Future<?> after(Duration delay, Runnable action);

  /// Real time, kept by the JDK's common pool: no thread of its own to start or stop.
  static Delays system() {
    return new Delays() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public Future<?> after(Duration delay, Runnable action) {
        return ForkJoinPool.commonPool().schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
      }
    };
  }
}
