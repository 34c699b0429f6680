package io.croft.app.process;

import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has SIGTERM and SIGINT close something before the process ends, and the process then end with
/// exit code 0, because being told to stop is no failure.
public final class StopSignal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StopSignal.class);

  private final AutoCloseable target;
  private final Thread hook = Thread.ofPlatform().name("stop").unstarted(this::closeAndHalt);

  private StopSignal(AutoCloseable target) {
    this.target = target;
  }

  /// @param target its `close` must be legal in any state, repeatable and bounded in time
  public static StopSignal closing(AutoCloseable target) {
    var signal = new StopSignal(target);
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  /// Waits for the signal; that is, does not return, because the process ends with it.
  public void await() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  /// Signals are no longer looked after.
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The signal has come; the hook is at work and ends the process.
    }
  }

  /// The virtual machine ends with 128 + the signal's number; only `halt` can say something else.
  private void closeAndHalt() {
    try {
      LOG.info("stopping on a signal");
      target.close();
      LOG.info("stopped");
      Runtime.getRuntime().halt(0);
    } catch (Exception e) {
      LOG.error("could not stop in order", e);
      Runtime.getRuntime().halt(1);
    }
  }
}
