package io.croft.gateway;

import io.netty.channel.Channel;

/// What carries an exchange: a stream of an HTTP/2 connection, or an HTTP/1.1 connection that the
/// exchange has to itself for a while. Callable from any thread.
interface Carrier {
  Channel channel();

  /// The response has been sent to its end.
  void responded();

  /// Cuts the stream or connection, so that what was sent cannot be taken for complete.
  void abort();
}
