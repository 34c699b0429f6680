package io.croft.gateway;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells those who asked, once, that an exchange has no future: its receiver is gone or the gateway
/// drains. Thread-safe.
final class CloseSignal {
  private static final Logger LOG = LoggerFactory.getLogger(CloseSignal.class);

  /// null once fired
  private @Nullable List<Runnable> actions = new ArrayList<>(1);

  /// Runs `action` when the signal fires; at once when it has.
  void onFire(Runnable action) {
    synchronized (this) {
      if (actions != null) {
        actions.add(action);
        return;
      }
    }
    run(action);
  }

  /// Runs the actions on the calling thread; does nothing the second time.
  void fire() {
    List<Runnable> due;
    synchronized (this) {
      if (actions == null) {
        return;
      }
      due = actions;
      actions = null;
    }
    due.forEach(CloseSignal::run);
  }

  private static void run(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      LOG.error("a close action failed", e);
    }
  }
}
