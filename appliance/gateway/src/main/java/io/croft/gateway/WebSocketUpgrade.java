package io.croft.gateway;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.flow.FlowControlHandler;

/// Waits for the answer `101 Switching Protocols` and has the connection speak WebSocket, or what
/// somebody behind the gateway speaks, from there on, before the client can have seen it.
final class WebSocketUpgrade extends ChannelOutboundHandlerAdapter {
  /// What clients send is thrown away, but a frame has to be read whole.
  private static final int MAX_PAYLOAD_BYTES = 64 << 10;

  private static final WebSocketDecoderConfig FROM_CLIENT =
      WebSocketDecoderConfig.newBuilder()
          .expectMaskedFrames(true)
          .allowMaskMismatch(false)
          .allowExtensions(false)
          .maxFramePayloadLength(MAX_PAYLOAD_BYTES)
          .closeOnProtocolViolation(false)
          .build();

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    var _ = ctx.write(message, promise);
    if (message instanceof SwitchedHead switched) {
      switchTo(switched.conversing(), ctx.pipeline());
    } else if (message instanceof HttpResponse head
        && head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      upgrade(ctx.pipeline());
    }
  }

  private void switchTo(Conversing conversing, ChannelPipeline pipeline) {
    pipeline.remove(HttpResponseEncoder.class);
    pipeline.remove(FlowControlHandler.class);
    pipeline.replace(this, null, conversing);
    pipeline.remove(Http1Decoder.class);
  }

  /// The decoder goes last: it hands over the bytes that it holds.
  private void upgrade(ChannelPipeline pipeline) {
    pipeline.replace(HttpResponseEncoder.class, null, new WebSocket13FrameEncoder(false));
    pipeline.remove(FlowControlHandler.class);
    pipeline.replace(this, null, new WebSocketSession());
    pipeline.replace(Http1Decoder.class, null, new WebSocket13FrameDecoder(FROM_CLIENT));
    pipeline.channel().config().setAutoRead(true);
  }
}
