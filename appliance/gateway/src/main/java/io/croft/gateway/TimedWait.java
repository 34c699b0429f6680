package io.croft.gateway;

import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/// Waits for what a channel does, with a timer of its event loop. The timers of virtual threads all
/// are with one other thread, which has to be woken for each; that costs more than what is waited
/// for.
public final class TimedWait {
  private TimedWait() {}

  /// Waits until it is done, well or not. Not for event loops.
  ///
  /// @return whether that was in time
  public static boolean await(ChannelFuture operation, Duration patience)
      throws InterruptedException {
    if (operation.isDone()) {
      return true;
    }
    var done = new CompletableFuture<Boolean>();
    Future<?> expiry;
    try {
      expiry =
          operation
              .channel()
              .eventLoop()
              .schedule(() -> done.complete(false), patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      return operation.isDone(); // no event loop is left that could do it
    }
    operation.addListener(_ -> {
      expiry.cancel(false);
      done.complete(true);
    });
    try {
      return done.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // it is completed as above, and never so
    }
  }
}
