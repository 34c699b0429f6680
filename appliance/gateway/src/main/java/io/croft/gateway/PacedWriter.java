package io.croft.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpObject;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Sends the pieces of one response from the request's thread, so that at most two are under way:
/// sending another one blocks until the connection, and on HTTP/2 the receiver's flow-control
/// window, has taken what was before it.
final class PacedWriter {
  private final Channel channel;
  private final Duration stall;
  private @Nullable ChannelFuture before;
  private @Nullable ChannelFuture underWay;

  /// @param stall how long the receiver may take for one piece
  PacedWriter(Channel channel, Duration stall) {
    this.channel = channel;
    this.stall = stall;
  }

  /// Once all others have been taken: so a writer learns early that nobody reads.
  void send(HttpObject piece) throws IOException {
    awaitTaken();
    underWay = channel.writeAndFlush(piece);
  }

  /// While another one may still be under way.
  void sendAhead(HttpObject piece) throws IOException {
    ChannelFuture last = underWay;
    awaitTaken(before);
    before = last;
    underWay = channel.writeAndFlush(piece);
  }

  /// Blocks until everything sent has been taken.
  void awaitTaken() throws IOException {
    awaitTaken(before);
    before = null;
    awaitTaken(underWay);
    underWay = null;
  }

  private void awaitTaken(@Nullable ChannelFuture piece) throws IOException {
    if (piece == null) {
      return;
    }
    try {
      if (!TimedWait.await(piece, stall)) {
        throw new IOException("the receiver has read nothing for " + stall);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sending the response");
    }
    if (!piece.isSuccess()) {
      throw new IOException("the receiver is gone", piece.cause());
    }
  }
}
