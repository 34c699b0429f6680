package io.croft.gateway;

import io.croft.base.http.HttpHandler;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/// All of the gateway that comes after TLS, on a port for each protocol.
final class PlainGateway implements AutoCloseable {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Memory memory = new Memory(2);
  private final ServerTls tls;
  private final Channel http1;
  private final Channel http2;

  PlainGateway(HttpHandler handler) throws GeneralSecurityException {
    var config = new GatewayConfig("127.0.0.1", 0, GatewayLimits.DEFAULT, RunningGateway.TIMEOUTS);
    var dispatcher = new Dispatcher(handler, config.limits(), config.timeouts(), threads);
    tls = ServerTls.of(Credentials.material(Credentials.OURS));
    var setup =
        new ConnectionSetup(
            config,
            () -> tls,
            dispatcher,
            new DefaultChannelGroup(GlobalEventExecutor.INSTANCE),
            threads);
    http1 = listen(setup::addHttp1);
    http2 = listen(setup::addHttp2);
  }

  private Channel listen(BiConsumer<Channel, ClientIdentity> protocol) {
    return new ServerBootstrap()
        .group(loops)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, 1_024)
        .childOption(ChannelOption.ALLOCATOR, memory.allocator())
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(new LingeringClose());
                var engine = tls.context().newEngine(channel.alloc());
                protocol.accept(
                    channel, new ClientIdentity(channel.remoteAddress(), engine, tls.verifier()));
              }
            })
        .bind("127.0.0.1", 0)
        .syncUninterruptibly()
        .channel();
  }

  int http1() {
    return ((InetSocketAddress) http1.localAddress()).getPort();
  }

  int http2() {
    return ((InetSocketAddress) http2.localAddress()).getPort();
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    threads.shutdown();
  }
}
