package io.croft.base;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// Starts components in order and stops them in reverse; used once.
///
/// Each component is initialized, started and ready before the next one is touched, so that it may
/// rely on all before it. `start` is called by one thread; `stop`, `status` and `ready` by any.
///
/// A starting component is never interrupted, because an interrupt closes the files that it is
/// reading; `stop` waits for its next step instead.
public final class Lifecycle {
  private static final Duration READY_POLL = Duration.ofMillis(5);

  private final List<Slot> slots;
  private final Limits limits;
  private final InstantSource clock;
  private final Consumer<ComponentStatus> listener;

  /// Held by the thread that is starting or stopping components.
  private final ReentrantLock turn = new ReentrantLock();

  private final CountDownLatch stopRequested = new CountDownLatch(1);

  /// @param ready how long a started component may take until it is ready
  /// @param stop how long a component may take to stop before it is left alone
  public record Limits(Duration ready, Duration stop) {
    public static final Limits DEFAULT = new Limits(Duration.ofSeconds(60), Duration.ofSeconds(20));
  }

  /// @param components in the order of starting
  /// @param listener told of every change of state by the thread that makes it; must not block
  public Lifecycle(
      List<Component> components,
      Limits limits,
      InstantSource clock,
      Consumer<ComponentStatus> listener) {
    this.limits = limits;
    this.clock = clock;
    this.listener = listener;
    this.slots = components.stream().map(Slot::new).toList();
  }

  /// Starts everything; returns when all of it is ready.
  ///
  /// @throws LifecycleException when a component fails, is not ready in time, or `stop` was called
  ///   meanwhile; everything that had started, the failed component included, is stopped by then
  public void start() throws LifecycleException {
    turn.lock();
    try {
      for (Slot slot : slots) {
        startOne(slot);
      }
    } catch (LifecycleException e) {
      stopAll().forEach(e::addSuppressed);
      throw e;
    } finally {
      turn.unlock();
    }
  }

  /// Stops everything that was touched, in reverse. Legal in any state and repeatable. Returns when
  /// all is stopped, or once every component has had its time; called during `start` it makes that
  /// fail and waits for it.
  public void stop() {
    stopRequested.countDown();
    if (turn.isHeldByCurrentThread()) {
      return; // called from a component or a listener: `start` sees the request and unwinds
    }
    if (!awaitTurn()) {
      return;
    }
    try {
      stopAll();
    } finally {
      turn.unlock();
    }
  }

  /// One row per component, in the order of starting.
  public List<ComponentStatus> status() {
    return slots.stream().map(slot -> slot.status).toList();
  }

  /// Whether every component runs and can do its work now.
  public boolean ready() {
    return slots.stream()
        .allMatch(s -> s.status.state() == ComponentState.RUNNING && s.component.ready());
  }

  private boolean awaitTurn() {
    Duration longest = limits.ready().plus(limits.stop().multipliedBy(slots.size()));
    try {
      return turn.tryLock(longest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void startOne(Slot slot) throws LifecycleException {
    refuseWhenStopping(slot);
    try {
      slot.become(ComponentState.INITIALIZING, "");
      slot.component.init();
      refuseWhenStopping(slot);
      slot.become(ComponentState.STARTING, "");
      slot.component.start();
      awaitReady(slot);
      slot.become(ComponentState.RUNNING, "");
    } catch (LifecycleException e) {
      throw e;
    } catch (Exception | Error e) {
      slot.become(ComponentState.FAILED, LifecycleException.oneLine(e));
      throw new LifecycleException(slot.component.name(), e);
    }
  }

  private void refuseWhenStopping(Slot slot) throws LifecycleException {
    if (stopRequested.getCount() == 0) {
      throw new LifecycleException(slot.component.name(), "not started, the appliance is stopping");
    }
  }

  private void awaitReady(Slot slot) throws LifecycleException, InterruptedException {
    Duration patience = slot.component.patience();
    Duration limit = patience.compareTo(limits.ready()) > 0 ? patience : limits.ready();
    long deadline = System.nanoTime() + limit.toNanos();
    while (!slot.component.ready()) {
      if (stopRequested.await(READY_POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        refuseWhenStopping(slot);
      }
      if (System.nanoTime() - deadline > 0) {
        String error = "not ready within " + limit.toSeconds() + " s of its start";
        slot.become(ComponentState.FAILED, error);
        throw new LifecycleException(slot.component.name(), error);
      }
    }
  }

  private List<Exception> stopAll() {
    var failures = new ArrayList<Exception>();
    for (Slot slot : slots.reversed()) {
      boolean untouched = slot.status.state() == ComponentState.NEW;
      if (!untouched && !slot.stopped) {
        stopOne(slot, failures);
      }
    }
    return failures;
  }

  private void stopOne(Slot slot, List<Exception> failures) {
    slot.stopped = true;
    boolean startFailed = slot.status.state() == ComponentState.FAILED;
    String startError = slot.status.lastError();
    slot.become(ComponentState.STOPPING, startError);
    try {
      stopInTime(slot.component);
      slot.become(startFailed ? ComponentState.FAILED : ComponentState.STOPPED, startError);
    } catch (Exception e) {
      failures.add(e);
      slot.become(ComponentState.FAILED, LifecycleException.oneLine(e));
    }
  }

  /// Runs `stop` on a thread of its own, so that one that hangs holds up neither the others nor the
  /// end of the process.
  private void stopInTime(Component component) throws Exception {
    var task = new FutureTask<>(component::stop, true);
    Thread.ofPlatform().daemon().name("stop-" + component.name()).start(task);
    try {
      task.get(limits.stop().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new TimeoutException("did not stop within " + limits.stop().toSeconds() + " s");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException("stop failed: " + LifecycleException.oneLine(cause), cause);
    }
  }

  private final class Slot {
    final Component component;
    volatile ComponentStatus status;

    /// Whether `stop` was called; guarded by `turn`.
    boolean stopped;

    Slot(Component component) {
      this.component = component;
      this.status =
          new ComponentStatus(component.name(), ComponentState.NEW, clock.instant(), 0, "");
    }

    void become(ComponentState state, String error) {
      status = new ComponentStatus(component.name(), state, clock.instant(), 0, error);
      listener.accept(status);
    }
  }
}
