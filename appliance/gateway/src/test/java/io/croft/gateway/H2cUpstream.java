package io.croft.gateway;

import io.croft.gateway.routing.Backend;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A service that speaks HTTP/2 without TLS, echoes bodies and ends with a trailer, as gRPC does.
final class H2cUpstream implements AutoCloseable {
  final AtomicInteger connections = new AtomicInteger();
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel listener;

  H2cUpstream() {
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    connections.incrementAndGet();
                    channel
                        .pipeline()
                        .addLast(
                            Http2FrameCodecBuilder.forServer().build(),
                            new Http2MultiplexHandler(new Streams()));
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  private static final class Streams extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel stream) {
      stream.pipeline().addLast(new Echo());
    }
  }

  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
      try {
        if (frame instanceof Http2HeadersFrame head) {
          var answer = new DefaultHttp2Headers().status("200");
          answer.add("x-path", head.headers().path());
          answer.add("x-authority", head.headers().authority());
          var _ = ctx.writeAndFlush(new DefaultHttp2HeadersFrame(answer));
          end(ctx, head.isEndStream());
        } else if (frame instanceof Http2DataFrame data) {
          ByteBuf copy = Unpooled.copiedBuffer(data.content());
          var _ = ctx.writeAndFlush(new DefaultHttp2DataFrame(copy));
          end(ctx, data.isEndStream());
        }
      } finally {
        ReferenceCountUtil.release(frame);
      }
    }

    private static void end(ChannelHandlerContext ctx, boolean over) {
      if (over) {
        var trailers = new DefaultHttp2Headers();
        trailers.add("grpc-status", "0");
        var _ = ctx.writeAndFlush(new DefaultHttp2HeadersFrame(trailers, true));
      }
    }
  }

  Backend backend() {
    int port = ((InetSocketAddress) listener.localAddress()).getPort();
    return new Backend(
        1,
        List.of(),
        new Backend.Service(
            "default/h2c",
            List.of(new Backend.Endpoint("127.0.0.1", port)),
            Backend.Protocol.H2C,
            null));
  }

  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    loops.shutdownGracefully().awaitUninterruptibly(2_000);
  }
}
