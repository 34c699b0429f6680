package io.croft.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpObject;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends the pieces of one response from the request's thread. At most one piece is under way:
/// sending the next one blocks until the connection, and on HTTP/2 the receiver's flow-control
/// window, has taken the one before.
final class PacedWriter {
  private final Channel channel;
  private final Duration stall;
  private @Nullable ChannelFuture underWay;

  /// @param stall how long the receiver may take for one piece
  PacedWriter(Channel channel, Duration stall) {
    this.channel = channel;
    this.stall = stall;
  }

  void send(HttpObject piece) throws IOException {
    awaitTaken();
    underWay = channel.writeAndFlush(piece);
  }

  /// Blocks until everything sent has been taken.
  void awaitTaken() throws IOException {
    if (underWay == null) {
      return;
    }
    try {
      if (!underWay.await(stall.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("the receiver has read nothing for " + stall);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sending the response");
    }
    if (!underWay.isSuccess()) {
      throw new IOException("the receiver is gone", underWay.cause());
    }
    underWay = null;
  }
}
