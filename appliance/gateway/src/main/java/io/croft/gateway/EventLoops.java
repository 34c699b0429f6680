package io.croft.gateway;

import io.netty.channel.Channel;
import java.util.concurrent.RejectedExecutionException;

/// Hands work from a request's thread to its connection's event loop.
final class EventLoops {
  private EventLoops() {}

  /// Does nothing when the event loop has ended: its channels are closed then.
  static void run(Channel channel, Runnable action) {
    try {
      channel.eventLoop().execute(action);
    } catch (RejectedExecutionException e) {
      // Nobody is left to be told.
    }
  }
}
