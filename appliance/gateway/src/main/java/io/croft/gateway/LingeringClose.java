package io.croft.gateway;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.PromiseNotifier;
import java.util.concurrent.TimeUnit;

/// Lets the last words of a connection arrive. First in the pipeline, confined to the event loop.
///
/// A connection that the gateway ends is first closed for writing only; what the client still sends
/// is dropped, until it closes too or time is up. TCP would answer it with a reset otherwise, and
/// that makes the client's system forget what the client has not read yet: the refusal of a body
/// that is too large, the reason in a `GOAWAY`.
final class LingeringClose extends ChannelDuplexHandler {
  private static final long LINGER_MILLIS = 1_000;

  private boolean lingering;

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    var channel = (DuplexChannel) ctx.channel();
    if (lingering) {
      var _ = PromiseNotifier.cascade(channel.closeFuture(), promise);
      return;
    }
    if (!channel.isActive() || channel.isInputShutdown()) {
      var _ = ctx.close(promise);
      return;
    }
    lingering = true;
    var _ = PromiseNotifier.cascade(channel.closeFuture(), promise);
    var _ =
        channel
            .shutdownOutput()
            .addListener(shut -> {
              if (shut.isSuccess()) {
                linger(ctx);
              } else {
                var _ = ctx.close();
              }
            });
  }

  private static void linger(ChannelHandlerContext ctx) {
    var end =
        ctx.executor()
            .schedule(
                () -> {
                  var _ = ctx.close();
                },
                LINGER_MILLIS,
                TimeUnit.MILLISECONDS);
    var _ = ctx.channel().closeFuture().addListener(_ -> end.cancel(false));
    ctx.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (lingering) {
      ReferenceCountUtil.release(message);
    } else {
      ctx.fireChannelRead(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (lingering) {
      ctx.read();
    } else {
      ctx.fireChannelReadComplete();
    }
  }
}
