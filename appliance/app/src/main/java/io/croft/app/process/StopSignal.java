package io.croft.app.process;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has SIGTERM and SIGINT close something before the process ends.
public final class StopSignal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StopSignal.class);

  private final Thread hook;

  private StopSignal(Runnable action) {
    this.hook = Thread.ofPlatform().name("stop").unstarted(action);
  }

  /// The process then ends with exit code 0, because being told to stop is no failure.
  ///
  /// @param target its `close` must be legal in any state, repeatable and bounded in time
  public static StopSignal closing(AutoCloseable target) {
    return onSignal(() -> closeAndHalt(target));
  }

  /// Has them end a child that nobody waits for any more; this process ends as it would without.
  public static StopSignal ending(BackgroundProcess child) {
    return onSignal(child::requestStop);
  }

  private static StopSignal onSignal(Runnable action) {
    var signal = new StopSignal(action);
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  /// Waits for the signal or for a failure. Returns for a failure only, because the process ends
  /// with the signal.
  public Throwable await(CompletableFuture<Throwable> failure) throws InterruptedException {
    try {
      return failure.get();
    } catch (ExecutionException e) {
      return e;
    }
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
  private static void closeAndHalt(AutoCloseable target) {
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
