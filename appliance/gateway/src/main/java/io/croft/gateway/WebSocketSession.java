package io.croft.gateway;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A WebSocket that carries a streamed body to the client: a text message per line, and a close
/// frame at its end. What the client sends is thrown away, apart from pings and its close frame.
///
/// To close the channel is to close the WebSocket first (RFC 6455 section 7.1.1): the client has
/// {@link Carrier#LINGER} for its own close frame. On the event loop.
final class WebSocketSession extends ChannelDuplexHandler {
  private final LineFrames lines = new LineFrames();

  /// Whether our close frame has been sent, after which nothing else may be.
  private boolean closing;

  /// Whether the client's close frame has come.
  private boolean clientClosed;

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (!(message instanceof HttpContent content)) {
      var _ = ctx.write(message, promise);
      return;
    }
    try {
      if (closing) {
        promise.tryFailure(new ClosedChannelException());
      } else {
        writeAll(ctx, frames(content), promise);
      }
    } finally {
      content.release();
    }
  }

  private List<WebSocketFrame> frames(HttpContent content) {
    var frames = new ArrayList<WebSocketFrame>();
    lines.add(content.content(), frames);
    if (content instanceof LastHttpContent) {
      lines.end(frames);
      frames.add(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
      closing = true;
    }
    return frames;
  }

  /// The last of the frames speaks for all: none is taken before those in front of it.
  private static void writeAll(
      ChannelHandlerContext ctx, List<WebSocketFrame> frames, ChannelPromise promise) {
    if (frames.isEmpty()) {
      promise.trySuccess();
      return;
    }
    WebSocketFrame last = frames.removeLast();
    for (WebSocketFrame frame : frames) {
      var _ = ctx.write(frame);
    }
    var _ = ctx.write(last, promise);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      switch (message) {
        case PingWebSocketFrame ping -> answer(ctx, ping);
        case CloseWebSocketFrame close -> clientClosed(ctx, close);
        default -> {
          // nobody listens
        }
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /// A client that sends pings and does not read goes without: the connection's queue is bounded.
  private void answer(ChannelHandlerContext ctx, PingWebSocketFrame ping) {
    if (!closing && ctx.channel().isWritable()) {
      var _ = ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
    }
  }

  private void clientClosed(ChannelHandlerContext ctx, CloseWebSocketFrame close) {
    clientClosed = true;
    if (closing) {
      var _ = ctx.close();
      return;
    }
    closing = true;
    var echo = new CloseWebSocketFrame(true, 0, close.content().retain());
    var _ = ctx.writeAndFlush(echo).addListener(ChannelFutureListener.CLOSE);
  }

  /// Whoever closes before the end of the body cuts it.
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    sendClose(ctx, WebSocketCloseStatus.INTERNAL_SERVER_ERROR);
    if (clientClosed || !ctx.channel().isActive()) {
      var _ = ctx.close(promise);
      return;
    }
    Runnable giveUp =
        () -> {
          var _ = ctx.close(promise);
        };
    var _ = ctx.executor().schedule(giveUp, Carrier.LINGER.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void sendClose(ChannelHandlerContext ctx, WebSocketCloseStatus status) {
    if (!closing) {
      closing = true;
      var _ = ctx.writeAndFlush(new CloseWebSocketFrame(status));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException corrupted) {
      sendClose(ctx, corrupted.closeStatus());
    }
    ctx.fireExceptionCaught(cause);
  }
}
