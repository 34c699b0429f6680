package io.croft.gateway;

import io.croft.base.LossCount;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Equips accepted connections: TLS first, then the protocol that the handshake settled on.
final class ConnectionSetup extends ChannelInitializer<SocketChannel> {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionSetup.class);

  private final GatewayConfig config;
  private final Supplier<ServerTls> tls;
  private final Dispatcher dispatcher;
  private final ChannelGroup connections;
  private final Executor handshakes;
  private final LossCount refused = new LossCount();

  /// @param tls asked anew for each connection
  /// @param connections the open connections; none is let in beyond the limit
  /// @param handshakes runs the handshakes' computations, which are too long for an event loop
  ConnectionSetup(
      GatewayConfig config,
      Supplier<ServerTls> tls,
      Dispatcher dispatcher,
      ChannelGroup connections,
      Executor handshakes) {
    this.config = config;
    this.tls = tls;
    this.dispatcher = dispatcher;
    this.connections = connections;
    this.handshakes = handshakes;
  }

  @Override
  protected void initChannel(SocketChannel channel) {
    if (connections.size() >= config.limits().maxConnections()) {
      var _ = channel.close();
      if (refused.add(1)) {
        LOG.atWarn()
            .addKeyValue("limit", config.limits().maxConnections())
            .addKeyValue("refusedSoFar", refused.total())
            .log("connection refused: too many are open");
      }
      return;
    }
    connections.add(channel);
    ServerTls current = tls.get();
    SslHandler ssl = current.context().newHandler(channel.alloc(), handshakes);
    ssl.setHandshakeTimeoutMillis(config.timeouts().handshake().toMillis());
    var identity = new ClientIdentity(channel.remoteAddress(), ssl.engine(), current.verifier());
    channel
        .pipeline()
        .addLast(new LingeringClose(), new PlainTextGuard(), ssl, new Negotiated(identity));
  }

  /// Waits for the end of the handshake and makes way for the protocol's handlers.
  private final class Negotiated extends ApplicationProtocolNegotiationHandler {
    private final ClientIdentity identity;

    Negotiated(ClientIdentity identity) {
      super(ApplicationProtocolNames.HTTP_1_1);
      this.identity = identity;
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
      if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
        addHttp2(ctx.channel(), identity);
      } else {
        addHttp1(ctx.channel(), identity);
      }
      if (dispatcher.draining()) {
        ctx.pipeline().fireUserEventTriggered(Drain.NOW);
      }
    }

    /// Whatever scans the network fails here; no operator needs to act.
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      LOG.debug("TLS handshake failed", cause);
      var _ = ctx.close();
    }
  }

  void addHttp1(Channel channel, ClientIdentity identity) {
    channel.config().setAutoRead(false);
    channel
        .pipeline()
        .addLast(
            new Http1Decoder(config.limits()),
            new HttpResponseEncoder(),
            new FlowControlHandler(),
            new WebSocketUpgrade(),
            new Http1Connection(channel, dispatcher, identity));
  }

  void addHttp2(Channel channel, ClientIdentity identity) {
    var streams =
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel stream) {
            stream.config().setAutoRead(false);
            stream.config().setAllocator(channel.alloc());
            stream
                .pipeline()
                .addLast(new Http2Messages(), new Http2Stream(stream, dispatcher, identity));
          }
        };
    var codec = Http2Connection.codec(config);
    channel
        .pipeline()
        .addLast(codec, new Http2MultiplexHandler(streams), new Http2Connection(codec, config));
  }
}
