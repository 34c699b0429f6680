package io.croft.gateway;

import io.croft.base.Component;
import io.croft.base.HostPort;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thing that is served without TLS and to anybody: what the servers of certificate
/// authorities ask for under `/.well-known/acme-challenge/` (RFC 8555, 8.3), which is public by
/// nature. Everything else is 404. One request per connection; bodies are not read.
public final class Http01Listener implements Component {
  private static final Logger LOG = LoggerFactory.getLogger(Http01Listener.class);
  private static final String PATH = "/.well-known/acme-challenge/";
  private static final int MAX_CONNECTIONS = 256;
  private static final int MAX_LINE_BYTES = 1024;
  private static final int MAX_HEADER_BYTES = 8192;
  private static final int MAX_PIECE_BYTES = 1024;
  private static final long DEADLINE_SECONDS = 10;
  private static final long SHUTDOWN_MILLIS = 1_000;

  private final HostPort listen;
  private final Function<String, Optional<String>> answers;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private volatile @Nullable Channel listener;
  private @Nullable EventLoopGroup eventLoop;

  /// @param answers what to answer for a token; empty for one that nobody waits for; must not block
  public Http01Listener(HostPort listen, Function<String, Optional<String>> answers) {
    this.listen = listen;
    this.answers = answers;
  }

  @Override
  public String name() {
    return "acme-http01";
  }

  /// @throws IOException when the address cannot be listened on
  @Override
  public synchronized void start() throws IOException {
    if (eventLoop != null) {
      throw new IllegalStateException("the listener has been started before");
    }
    eventLoop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("acme-http01", true), NioIoHandler.newFactory());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(eventLoop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(new Setup())
            .bind(listen.host(), listen.port())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      var failure =
          new BindException(
              "cannot listen on %s (croft.acme.http01.listen): %s"
                  .formatted(listen, bound.cause().getMessage()));
      failure.initCause(bound.cause());
      throw failure;
    }
    listener = bound.channel();
    LOG.atInfo().addKeyValue("address", localAddress()).log("listening for HTTP-01 challenges");
  }

  /// The address with the real port.
  ///
  /// @throws IllegalStateException before the start and after the stop
  public InetSocketAddress localAddress() {
    Channel open = listener;
    if (open == null) {
      throw new IllegalStateException("the listener does not listen");
    }
    return (InetSocketAddress) open.localAddress();
  }

  @Override
  public boolean ready() {
    Channel open = listener;
    return open != null && open.isActive();
  }

  @Override
  public synchronized void stop() {
    EventLoopGroup group = eventLoop;
    if (group == null || group.isShuttingDown()) {
      return;
    }
    if (listener != null) {
      listener.close().awaitUninterruptibly();
      listener = null;
    }
    connections.close().awaitUninterruptibly(SHUTDOWN_MILLIS);
    group
        .shutdownGracefully(0, SHUTDOWN_MILLIS, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(2 * SHUTDOWN_MILLIS);
  }

  private final class Setup extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {
      if (connections.size() >= MAX_CONNECTIONS) {
        var _ = channel.close();
        return;
      }
      connections.add(channel);
      var limits =
          new HttpDecoderConfig()
              .setMaxInitialLineLength(MAX_LINE_BYTES)
              .setMaxHeaderSize(MAX_HEADER_BYTES)
              .setMaxChunkSize(MAX_PIECE_BYTES);
      channel
          .pipeline()
          .addLast(new HttpRequestDecoder(limits), new HttpResponseEncoder(), new Answering());
    }
  }

  private final class Answering extends SimpleChannelInboundHandler<HttpObject> {
    private @Nullable Future<?> deadline;
    private boolean answered;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      Runnable close =
          () -> {
            var _ = ctx.close();
          };
      deadline = ctx.executor().schedule(close, DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (deadline != null) {
        deadline.cancel(false);
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
      if (answered || !(message instanceof HttpRequest request)) {
        return;
      }
      answered = true;
      if (request.decoderResult().isFailure()) {
        answer(ctx, HttpResponseStatus.BAD_REQUEST, "", true);
        return;
      }
      boolean head = request.method().equals(HttpMethod.HEAD);
      if (!head && !request.method().equals(HttpMethod.GET)) {
        answer(ctx, HttpResponseStatus.METHOD_NOT_ALLOWED, "", true);
        return;
      }
      Optional<String> found =
          request.uri().startsWith(PATH)
              ? answers.apply(request.uri().substring(PATH.length()))
              : Optional.empty();
      answer(
          ctx,
          found.isPresent() ? HttpResponseStatus.OK : HttpResponseStatus.NOT_FOUND,
          found.orElse(""),
          !head);
    }

    private void answer(
        ChannelHandlerContext ctx, HttpResponseStatus status, String text, boolean withBody) {
      ByteBuf body = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
      int length = body.readableBytes();
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, status, withBody ? body : Unpooled.EMPTY_BUFFER);
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream")
          .set(HttpHeaderNames.CONTENT_LENGTH, length)
          .set(HttpHeaderNames.CONNECTION, "close")
          .set("x-content-type-options", "nosniff");
      var _ = ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      LOG.debug("a connection for HTTP-01 failed", cause);
      var _ = ctx.close();
    }
  }
}
