package io.croft.gateway;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

/// What carries an exchange: a stream of an HTTP/2 connection, or an HTTP/1.1 connection that the
/// exchange has to itself for a while. Callable from any thread.
interface Carrier {
  /// How long an unwanted body is read on, so that the client gets to see its response.
  Duration LINGER = Duration.ofSeconds(2);

  Channel channel();

  /// Whether the exchange may turn it into a WebSocket.
  boolean upgradable();

  /// The response has been sent to its end.
  void responded();

  /// Cuts the stream or connection, so that what was sent cannot be taken for complete.
  void abort();

  /// Has work done on the event loop: at once when called there.
  default void onEventLoop(Runnable action) {
    if (channel().eventLoop().inEventLoop()) {
      action.run();
      return;
    }
    try {
      channel().eventLoop().execute(action);
    } catch (RejectedExecutionException e) {
      // The event loop has ended, and its channels with it.
    }
  }
}
