package io.croft.gateway;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2ChannelDuplexHandler;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Frame;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;

/// An HTTP/2 client that does as a test says, sense or not.
final class Http2Client implements AutoCloseable {
  /// What has come from the server, in order: `streams 250`, `headers 1 200`, `data 1 text`, `end
  /// 1`, `reset 1 CANCEL`, `goaway NO_ERROR`, `closed`.
  final List<String> events = new CopyOnWriteArrayList<>();

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Http2FrameCodec codec =
      Http2FrameCodecBuilder.forClient()
          .validateHeaders(false)
          .encoderEnforceMaxConcurrentStreams(false)
          .encoderIgnoreMaxHeaderListSize(true)
          .initialSettings(Http2Settings.defaultSettings().pushEnabled(false))
          .build();
  private final Recorder recorder = new Recorder();
  private final Channel channel;

  Http2Client(int port) throws InterruptedException {
    channel =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    connection.pipeline().addLast(new SslHandler(engine()), codec, recorder);
                  }
                })
            .connect("127.0.0.1", port)
            .sync()
            .channel();
  }

  private static SSLEngine engine() {
    SSLEngine engine = Credentials.clientContext(null).createSSLEngine();
    engine.setUseClientMode(true);
    var parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    engine.setSSLParameters(parameters);
    return engine;
  }

  static Http2Headers head(String method, String path) {
    return new DefaultHttp2Headers(false).method(method).scheme("https").authority("x").path(path);
  }

  /// Returns when the head has been sent, or cannot be.
  Http2FrameStream open(Http2Headers headers, boolean end) throws InterruptedException {
    Http2FrameStream stream = recorder.newStream();
    channel.writeAndFlush(new DefaultHttp2HeadersFrame(headers, end).stream(stream)).await();
    return stream;
  }

  /// Returns at once; flow control may hold the data back.
  void send(Http2FrameStream stream, String data, boolean end) {
    var bytes = Unpooled.copiedBuffer(data, StandardCharsets.UTF_8);
    var _ = channel.writeAndFlush(new DefaultHttp2DataFrame(bytes, end).stream(stream));
  }

  void reset(Http2FrameStream stream) throws InterruptedException {
    channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL).stream(stream)).await();
  }

  void awaitEvent(String event) {
    Eventually.eventually(event + " in " + events, () -> events.contains(event));
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private final class Recorder extends Http2ChannelDuplexHandler {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof Http2Frame frame) {
        record(ctx, frame);
      }
      ReferenceCountUtil.release(message);
    }

    private void record(ChannelHandlerContext ctx, Http2Frame frame) {
      switch (frame) {
        case Http2HeadersFrame headers -> {
          int id = headers.stream().id();
          events.add("headers " + id + " " + headers.headers().status());
          recordEnd(id, headers.isEndStream());
        }
        case Http2DataFrame data -> {
          int id = data.stream().id();
          events.add("data " + id + " " + data.content().toString(StandardCharsets.UTF_8));
          recordEnd(id, data.isEndStream());
          int length = data.initialFlowControlledBytes();
          var _ =
              ctx.writeAndFlush(new DefaultHttp2WindowUpdateFrame(length).stream(data.stream()));
        }
        case Http2ResetFrame reset ->
            events.add(
                "reset " + reset.stream().id() + " " + Http2Error.valueOf(reset.errorCode()));
        case Http2GoAwayFrame goAway ->
            events.add("goaway " + Http2Error.valueOf(goAway.errorCode()));
        case Http2SettingsFrame settings ->
            events.add("streams " + settings.settings().maxConcurrentStreams());
        default -> {}
      }
    }

    private void recordEnd(int id, boolean end) {
      if (end) {
        events.add("end " + id);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      events.add("closed");
    }
  }
}
