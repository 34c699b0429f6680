package io.croft.gateway;

import io.croft.base.Component;
import io.croft.base.http.HttpHandler;
import io.croft.metrics.Metrics;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The appliance's one port: TLS 1.3 and 1.2, HTTP/2 and HTTP/1.1, in front of a handler.
///
/// Event loops only move bytes; handshakes are computed and requests are answered on virtual
/// threads. Client certificates are asked for, not required. One that no trusted authority vouches
/// for is left out of {@link io.croft.base.http.Peer}; such a request is answered 401 here, unless
/// it carries an `Authorization` field, by which the handler may know the caller.
///
/// Compresses complete bodies of more than 128 KiB for clients that accept gzip.
public final class Gateway implements Component {
  /// The logger of requests, which says nothing unless it is switched on.
  public static final String ACCESS_LOG = "io.croft.access";

  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
  private static final int PENDING_ACCEPTS = 1024;
  private static final int KEEPALIVE_SECONDS = 30;
  private static final long CUT_MILLIS = 2_000;

  private final GatewayConfig config;
  private final Supplier<TlsMaterial> material;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("gateway-", 0).factory());
  private final Dispatcher dispatcher;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private volatile @Nullable ServerTls tls;
  private volatile @Nullable Channel listener;
  private final EventLoops loops;
  private boolean started;

  /// @param material asked when the gateway starts and by each {@link #reload}
  public Gateway(
      EventLoops loops, GatewayConfig config, Supplier<TlsMaterial> material, HttpHandler handler) {
    this.loops = loops;
    this.config = config;
    this.material = material;
    this.dispatcher = new Dispatcher(handler, config.limits(), config.timeouts(), threads);
  }

  @Override
  public String name() {
    return "gateway";
  }

  @Override
  public void init() throws GeneralSecurityException {
    reload();
  }

  /// Asks for the TLS material again and uses it for new connections; those that are open keep what
  /// they have.
  ///
  /// @throws GeneralSecurityException when it cannot be used; the one before stays in use
  public void reload() throws GeneralSecurityException {
    tls = ServerTls.of(material.get());
  }

  /// @throws IOException when the address cannot be listened on
  @Override
  public synchronized void start() throws IOException, GeneralSecurityException {
    if (started) {
      throw new IllegalStateException("the gateway has been started before");
    }
    if (tls == null) {
      reload();
    }
    started = true;
    listener = bind(loops.group());
    LOG.atInfo().addKeyValue("address", localAddress()).log("gateway listens");
  }

  private Channel bind(EventLoopGroup group) throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, PENDING_ACCEPTS)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.ALLOCATOR, loops.memory().allocator())
            .childOption(ChannelOption.ALLOCATOR, loops.memory().allocator())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), KEEPALIVE_SECONDS)
            .childOption(
                NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), KEEPALIVE_SECONDS)
            .childHandler(
                new ConnectionSetup(config, this::currentTls, dispatcher, connections, threads))
            .bind(config.host(), config.port())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw bindFailure(bound.cause());
    }
    return bound.channel();
  }

  private IOException bindFailure(Throwable cause) {
    String where = "port " + config.port() + " on " + config.host();
    String why = String.valueOf(cause.getMessage());
    var failure =
        new BindException(
            why.contains("in use")
                ? where + " is in use (" + why + "); choose another with --listen"
                : "cannot listen on " + where + ": " + why);
    failure.initCause(cause);
    return failure;
  }

  private ServerTls currentTls() {
    ServerTls current = tls;
    if (current == null) {
      throw new IllegalStateException("the gateway has not been started");
    }
    return current;
  }

  /// The address that clients reach, with the real port.
  ///
  /// @throws IllegalStateException before the start and after the stop
  public InetSocketAddress localAddress() {
    Channel open = listener;
    if (open == null) {
      throw new IllegalStateException("the gateway does not listen");
    }
    return (InetSocketAddress) open.localAddress();
  }

  /// Has its connections and requests shown.
  public void describe(Metrics metrics) {
    metrics.value("croft_gateway_connections", "Open connections.", connections::size);
    metrics.values(
        "croft_gateway_requests", "Requests that are being answered.", "kind", dispatcher::load);
    metrics.value(
        "croft_gateway_buffer_bytes",
        "Memory that is held for buffers.",
        loops.memory()::heldBytes);
  }

  Memory memory() {
    return loops.memory();
  }

  @Override
  public boolean ready() {
    Channel open = listener;
    return open != null && open.isActive();
  }

  /// Takes no more connections, lets requests in progress finish within the drain time, then cuts
  /// what is left.
  @Override
  public synchronized void stop() {
    Channel open = listener;
    if (open == null) {
      return;
    }
    open.close().awaitUninterruptibly();
    listener = null;
    drain();
    threads.shutdown();
    LOG.info("gateway stopped");
  }

  private void drain() {
    dispatcher.drain();
    for (Channel connection : connections) {
      connection.pipeline().fireUserEventTriggered(Drain.NOW);
    }
    long millis = config.timeouts().drain().toMillis();
    if (!connections.newCloseFuture().awaitUninterruptibly(millis)) {
      LOG.atWarn()
          .addKeyValue("connections", connections.size())
          .log("connections cut: they did not finish within the drain time");
      connections.close().awaitUninterruptibly(CUT_MILLIS);
    }
  }
}
