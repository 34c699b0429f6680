package io.croft.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An HTTP/2 connection as a whole: its settings, its idle time, its end. Confined to the event
/// loop.
///
/// Closing the channel means `GOAWAY`, then waiting for the open streams, at most for the drain
/// time: so does Netty's codec. Its guards against floods (resets, empty frames, continuations,
/// control frames) are at their defaults.
final class Http2Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Http2Connection.class);

  /// So much may arrive on all streams together before it is read. More than one stream's window
  /// (64 KiB), lest a stream whose handler is slow to read its body holds up the others.
  private static final int CONNECTION_WINDOW_BYTES = 1 << 20;

  private final Http2FrameCodec codec;
  private final Duration idle;
  private @Nullable Future<?> idleCheck;
  private int lastStreamSeen;

  Http2Connection(Http2FrameCodec codec, GatewayConfig config) {
    this.codec = codec;
    this.idle = config.timeouts().idle();
  }

  static Http2FrameCodec codec(GatewayConfig config) {
    GatewayLimits limits = config.limits();
    var settings =
        Http2Settings.defaultSettings()
            .maxConcurrentStreams(limits.maxStreams())
            // On HTTP/2 the target is one of the header fields.
            .maxHeaderListSize((long) limits.maxHeaderBytes() + limits.maxUriBytes());
    return Http2FrameCodecBuilder.forServer()
        .initialSettings(settings)
        .validateRequiredPseudoHeaders(true)
        .gracefulShutdownTimeoutMillis(config.timeouts().drain().toMillis())
        .build();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Http2Exception {
    var connection = codec.connection();
    var window = connection.local().flowController();
    int current = window.windowSize(connection.connectionStream());
    window.incrementWindowSize(connection.connectionStream(), CONNECTION_WINDOW_BYTES - current);
    ctx.flush();
    long millis = idle.toMillis();
    idleCheck =
        ctx.channel()
            .eventLoop()
            .scheduleAtFixedRate(
                () -> closeIfIdle(ctx.channel()), millis, millis, TimeUnit.MILLISECONDS);
  }

  /// Closes the connection if no stream was open between the last check and this one.
  private void closeIfIdle(Channel channel) {
    int lastStream = codec.connection().remote().lastStreamCreated();
    if (lastStream == lastStreamSeen && codec.connection().numActiveStreams() == 0) {
      var _ = channel.close();
    }
    lastStreamSeen = lastStream;
  }

  /// Frames of the connection itself (settings, pings) have been dealt with by the codec.
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object frame) {
    ReferenceCountUtil.release(frame);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.NOW) {
      var _ = ctx.channel().close();
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (idleCheck != null) {
      idleCheck.cancel(false);
    }
    ctx.fireChannelInactive();
  }

  /// A violation of the protocol is answered by the codec, with the error code that fits.
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("connection failed", cause);
    if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) == null) {
      var _ = ctx.channel().close();
    }
  }
}
