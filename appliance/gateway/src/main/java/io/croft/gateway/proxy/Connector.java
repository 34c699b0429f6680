package io.croft.gateway.proxy;

import io.croft.gateway.EventLoops;
import io.croft.gateway.proxy.UpstreamException.Kind;
import io.croft.gateway.routing.Backend.Endpoint;
import io.croft.gateway.routing.UpstreamTls;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/// Makes connections to upstreams. Blocks; for request threads.
final class Connector {
  private static final int MIN_READ_BYTES = 64;
  private static final int FIRST_READ_BYTES = 2 << 10;

  /// What one read may bring, and so a response's thread is woken for.
  static final int MAX_READ_BYTES = 128 << 10;

  private final EventLoops loops;
  private final Executor handshakes;
  private final UpstreamLimits limits;
  private final IntSupplier ownPort;
  private final UpstreamTrust trust = new UpstreamTrust();

  /// @param ownPort at which the appliance itself listens
  Connector(EventLoops loops, Executor handshakes, UpstreamLimits limits, IntSupplier ownPort) {
    this.ownPort = ownPort;
    this.loops = loops;
    this.handshakes = handshakes;
    this.limits = limits;
  }

  /// @param setUp equips the channel, whose TLS handler is there already
  Channel connect(Endpoint endpoint, @Nullable UpstreamTls tls, Consumer<Channel> setUp)
      throws IOException {
    InetSocketAddress address = resolve(endpoint);
    SslHandler ssl = tls == null ? null : handler(endpoint, tls);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loops.group())
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) limits.connect().toMillis())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.ALLOCATOR, loops.memory().allocator())
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES))
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (ssl != null) {
                      channel.pipeline().addLast(ssl);
                    }
                    setUp.accept(channel);
                  }
                });
    ChannelFuture connected = bootstrap.connect(address);
    Channel channel = connected.channel();
    try {
      boolean intime = connected.await(limits.connect().toMillis(), TimeUnit.MILLISECONDS);
      if (intime && connected.isSuccess() && ssl != null) {
        intime = ssl.handshakeFuture().await(limits.connect().toMillis(), TimeUnit.MILLISECONDS);
      }
      if (intime && connected.isSuccess() && (ssl == null || ssl.handshakeFuture().isSuccess())) {
        return channel;
      }
      var _ = channel.close();
      throw failure(endpoint, intime, connected, ssl);
    } catch (InterruptedException e) {
      var _ = channel.close();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while connecting");
    }
  }

  /// Has something short done on an event loop; never once these have ended.
  void later(Runnable action, Duration delay) {
    try {
      var _ = loops.group().next().schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // and the connections have ended with them
    }
  }

  private UpstreamException failure(
      Endpoint endpoint, boolean intime, ChannelFuture connected, @Nullable SslHandler ssl) {
    String where = endpoint.host() + ":" + endpoint.port();
    if (!intime) {
      return new UpstreamException(
          Kind.UNREACHABLE, where + " has not been reached within " + limits.connect());
    }
    Throwable cause =
        connected.isSuccess() && ssl != null ? ssl.handshakeFuture().cause() : connected.cause();
    return new UpstreamException(Kind.UNREACHABLE, where + ": " + cause.getMessage(), cause);
  }

  private InetSocketAddress resolve(Endpoint endpoint) throws UpstreamException {
    InetAddress address;
    try {
      address = InetAddress.getByName(endpoint.host());
    } catch (UnknownHostException e) {
      throw new UpstreamException(
          Kind.UNREACHABLE, "the name " + endpoint.host() + " is not known", e);
    }
    if (Address.isMetadata(address)) {
      throw new UpstreamException(
          Kind.UNREACHABLE,
          endpoint.host() + " is where clouds hand out credentials; routes may not lead there");
    }
    boolean local = Address.isLocal(address);
    if (local && endpoint.port() == ownPort.getAsInt()) {
      throw new UpstreamException(
          Kind.UNREACHABLE,
          endpoint.host() + " is the appliance itself: the route leads in a circle");
    }
    if (!limits.localAddresses() && local) {
      throw new UpstreamException(
          Kind.UNREACHABLE,
          endpoint.host() + " is an address of this machine, which routes may not lead to");
    }
    return new InetSocketAddress(address, endpoint.port());
  }

  private SslHandler handler(Endpoint endpoint, UpstreamTls tls) throws UpstreamException {
    SslHandler ssl =
        trust
            .context(tls)
            .newHandler(
                io.netty.buffer.ByteBufAllocator.DEFAULT,
                tls.serverName(),
                endpoint.port(),
                handshakes);
    ssl.setHandshakeTimeoutMillis(limits.connect().toMillis());
    SSLParameters parameters = ssl.engine().getSSLParameters();
    // With other names to look for, the trust manager looks for them.
    parameters.setEndpointIdentificationAlgorithm(tls.otherNames().isEmpty() ? "HTTPS" : "");
    ssl.engine().setSSLParameters(parameters);
    return ssl;
  }
}
