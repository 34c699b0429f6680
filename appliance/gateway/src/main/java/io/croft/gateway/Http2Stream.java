package io.croft.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A stream of an HTTP/2 connection, which carries one exchange. Everything but the {@link Carrier}
/// methods is confined to the event loop.
final class Http2Stream extends ChannelInboundHandlerAdapter implements Carrier {
  private static final Logger LOG = LoggerFactory.getLogger(Http2Stream.class);

  private final Channel channel;
  private final Dispatcher dispatcher;
  private final ClientIdentity identity;
  private @Nullable Exchange exchange;

  Http2Stream(Channel channel, Dispatcher dispatcher, ClientIdentity identity) {
    this.channel = channel;
    this.dispatcher = dispatcher;
    this.identity = identity;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.read();
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof HttpRequest head) {
        exchange = new Exchange(this, head, dispatcher.timeouts());
      }
      if (exchange != null && message instanceof HttpContent content) {
        exchange.body().received(content);
      }
      if (exchange != null && message instanceof HttpRequest) {
        dispatcher.dispatch(exchange, identity);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public Channel channel() {
    return channel;
  }

  /// A stream could (RFC 8441), but no Kubernetes client asks it to.
  @Override
  public boolean upgradable() {
    return false;
  }

  /// When both sides have ended, the stream is closed already.
  @Override
  public void responded() {
    onEventLoop(() -> {
      if (exchange != null && !exchange.body().complete()) {
        exchange.body().discard();
        long millis = LINGER.toMillis();
        var _ =
            channel
                .eventLoop()
                .schedule(() -> reset(Http2Error.NO_ERROR), millis, TimeUnit.MILLISECONDS);
      }
    });
  }

  @Override
  public void abort() {
    onEventLoop(() -> reset(Http2Error.INTERNAL_ERROR));
  }

  private void reset(Http2Error error) {
    var _ = channel.writeAndFlush(new DefaultHttp2ResetFrame(error));
    var _ = channel.close();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof Http2ResetFrame) {
      clientGone();
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    clientGone();
    ctx.fireChannelInactive();
  }

  /// The codec says what the client did wrong. Without an exchange it is the head that could not be
  /// decoded.
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("stream failed", cause);
    Http2Exception wrong = Http2CodecUtil.getEmbeddedHttp2Exception(cause);
    if (wrong != null) {
      reset(wrong.error());
    } else {
      reset(exchange == null ? Http2Error.PROTOCOL_ERROR : Http2Error.INTERNAL_ERROR);
    }
  }

  private void clientGone() {
    if (exchange != null) {
      exchange.gone();
    }
  }
}
