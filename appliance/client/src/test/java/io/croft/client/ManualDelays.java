package io.croft.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// Time that passes only when a test says so.
final class ManualDelays implements Delays {
  private record Timer(long dueNanos, FutureTask<?> action) {}

  private final List<Timer> timers = new ArrayList<>();
  private long now = Long.MAX_VALUE - 1_000; // near the overflow, which nanoTime may reach

  @Override
  public synchronized long nanoTime() {
    return now;
  }

  @Override
  public synchronized Future<?> after(Duration delay, Runnable action) {
    var task = new FutureTask<@Nullable Void>(action, null);
    timers.add(new Timer(now + delay.toNanos(), task));
    return task;
  }

  void advance(Duration duration) {
    List<Timer> due;
    synchronized (this) {
      now += duration.toNanos();
      due = timers.stream().filter(timer -> timer.dueNanos - now <= 0).toList();
      timers.removeAll(due);
    }
    due.forEach(timer -> timer.action.run());
  }

  /// How many timers wait that nobody has cancelled.
  synchronized int pending() {
    return (int) timers.stream().filter(timer -> !timer.action.isCancelled()).count();
  }
}
