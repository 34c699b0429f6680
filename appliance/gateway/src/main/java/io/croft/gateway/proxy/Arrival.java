package io.croft.gateway.proxy;

import io.croft.base.http.Headers;
import io.netty.buffer.ByteBuf;

/// What comes from an upstream, one by one.
sealed interface Arrival {
  /// Lets go of what nobody wants.
  default void release() {}

  /// @param reusable whether the connection stays open for another request
  record Head(int status, Headers headers, boolean reusable) implements Arrival {}

  /// Whoever takes it releases it.
  record Data(ByteBuf bytes) implements Arrival {
    @Override
    public void release() {
      bytes.release();
    }
  }

  /// Of an answer.
  record End(Headers trailers) implements Arrival {}

  /// Of a connection that has been upgraded.
  record Closed() implements Arrival {}
}
