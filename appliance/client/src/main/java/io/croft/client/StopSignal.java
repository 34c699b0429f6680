package io.croft.client;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Tells blocking calls, from any thread, to end. Once stopped it stays stopped. Thread-safe.
public final class StopSignal {
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Set<Registration> registrations = new LinkedHashSet<>();

  /// Ends every call that holds this signal. Repeatable.
  public void stop() {
    Set<Registration> due;
    synchronized (registrations) {
      stopped.countDown();
      due = Set.copyOf(registrations);
      registrations.clear();
    }
    due.forEach(registration -> registration.action.run());
  }

  public boolean stopped() {
    return stopped.getCount() == 0;
  }

  /// Waits for the signal.
  ///
  /// @return whether it is stopped; false when `duration` has passed first
  public boolean await(Duration duration) throws InterruptedException {
    return stopped.await(duration.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Has `action` run once on [#stop], on the stopping thread, or at once when that has happened;
  /// not on a [#stop] that begins after the registration is closed. It must not block.
  Registration onStop(Runnable action) {
    var registration = new Registration(action);
    synchronized (registrations) {
      if (!stopped()) {
        registrations.add(registration);
        return registration;
      }
    }
    action.run();
    return registration;
  }

  /// Takes the action back, so that a long-lived signal does not collect those of ended calls.
  final class Registration implements AutoCloseable {
    private final Runnable action;

    private Registration(Runnable action) {
      this.action = action;
    }

    @Override
    public void close() {
      synchronized (registrations) {
        registrations.remove(this);
      }
    }
  }
}
