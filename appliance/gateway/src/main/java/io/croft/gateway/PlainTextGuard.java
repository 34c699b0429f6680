package io.croft.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;

/// Tells a client that forgot the `s` in `https` so, in the words of Go's servers, and makes way
/// for TLS otherwise. Every TLS record begins with a byte below 32, every HTTP method with a
/// letter.
final class PlainTextGuard extends ChannelInboundHandlerAdapter {
  private static final String NOTICE = "Client sent an HTTP request to an HTTPS server.\n";
  private static final byte[] ANSWER =
      ("HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: "
              + NOTICE.length()
              + "\r\n\r\n"
              + NOTICE)
          .getBytes(StandardCharsets.US_ASCII);

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ctx.pipeline().remove(this);
    if (message instanceof ByteBuf bytes
        && bytes.isReadable()
        && Character.isLetter(bytes.getByte(bytes.readerIndex()))) {
      ReferenceCountUtil.release(message);
      var _ =
          ctx.writeAndFlush(Unpooled.wrappedBuffer(ANSWER))
              .addListener(ChannelFutureListener.CLOSE);
    } else {
      ctx.fireChannelRead(message);
    }
  }
}
