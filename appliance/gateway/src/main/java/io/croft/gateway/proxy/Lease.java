package io.croft.gateway.proxy;

import java.util.concurrent.atomic.AtomicBoolean;

/// The use of a connection to an upstream, or of one stream on it, for one request. It ends once.
final class Lease {
  private final UpstreamStream stream;
  private final Return taker;
  private final AtomicBoolean ended = new AtomicBoolean();

  /// Takes a connection back.
  @FunctionalInterface
  interface Return {
    /// @param reusable whether another request may follow
    void take(UpstreamStream stream, boolean reusable);
  }

  Lease(UpstreamStream stream, Return taker) {
    this.stream = stream;
    this.taker = taker;
  }

  UpstreamStream stream() {
    return stream;
  }

  /// The answer is complete.
  ///
  /// @param reusable whether neither side has said or done anything against another request
  void done(boolean reusable) {
    if (ended.compareAndSet(false, true)) {
      taker.take(stream, reusable);
    }
  }

  /// Whatever is left is unwanted. Callable from any thread.
  void cut() {
    done(false);
  }
}
