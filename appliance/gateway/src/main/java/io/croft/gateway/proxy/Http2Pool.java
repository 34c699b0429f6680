package io.croft.gateway.proxy;

import io.croft.gateway.proxy.UpstreamException.Kind;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// HTTP/2 connections to one endpoint, which share the requests. Thread-safe.
final class Http2Pool implements Upstreams.Pool {
  private static final int STREAMS_PER_CONNECTION = 100;

  /// Room for all streams and one more: those whose clients do not read must not stop the others.
  private static final int CONNECTION_WINDOW_BYTES =
      (STREAMS_PER_CONNECTION + 1) * Http2CodecUtil.DEFAULT_WINDOW_SIZE;

  private final UpstreamKey key;
  private final Connector connector;
  private final UpstreamLimits limits;
  private final Semaphore room;
  private final List<Connection> connections = new ArrayList<>();

  Http2Pool(UpstreamKey key, Connector connector, UpstreamLimits limits) {
    this.key = key;
    this.connector = connector;
    this.limits = limits;
    this.room = new Semaphore(limits.maxRequests());
  }

  /// One connection and how many requests are on it; the count is guarded by the pool.
  private static final class Connection {
    private final Channel channel;
    private int streams;
    private boolean leaving;

    Connection(Channel channel) {
      this.channel = channel;
    }
  }

  @Override
  public Lease lease() throws IOException {
    enter();
    Connection connection = null;
    boolean leased = false;
    try {
      connection = connection();
      UpstreamStream stream = open(connection);
      Connection chosen = connection;
      leased = true;
      return new Lease(stream, (used, reusable) -> takeBack(chosen, used, reusable));
    } finally {
      if (!leased) {
        leave(connection);
      }
    }
  }

  private void enter() throws IOException {
    try {
      if (!room.tryAcquire(limits.admission().toMillis(), TimeUnit.MILLISECONDS)) {
        throw new UpstreamException(
            Kind.BUSY,
            key.endpoint().host() + " is busy with " + limits.maxRequests() + " requests");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for an upstream");
    }
  }

  /// One with room, with room taken.
  private Connection connection() throws IOException {
    synchronized (this) {
      connections.removeIf(c -> !c.channel.isActive());
      for (Connection connection : connections) {
        if (!connection.leaving && connection.streams < STREAMS_PER_CONNECTION) {
          connection.streams++;
          return connection;
        }
      }
    }
    var made = new Connection(connector.connect(key.endpoint(), key.tls(), this::setUp));
    made.channel.pipeline().addLast(new Watch(made));
    made.channel.config().setAutoRead(true); // streams have flow control of their own
    synchronized (this) {
      made.streams = 1;
      connections.add(made);
    }
    return made;
  }

  private void setUp(Channel channel) {
    channel
        .pipeline()
        .addLast(
            Http2FrameCodecBuilder.forClient()
                .initialSettings(Http2Settings.defaultSettings().pushEnabled(false))
                .build(),
            new Http2MultiplexHandler(new Unasked()));
  }

  /// No upstream opens streams.
  private static final class Unasked extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel stream) {
      var _ = stream.close();
    }
  }

  /// Hears when a connection takes no more requests.
  private final class Watch extends ChannelInboundHandlerAdapter {
    private final Connection connection;

    Watch(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Http2Exception {
      Http2Connection http2 = ctx.pipeline().get(Http2FrameCodec.class).connection();
      Http2LocalFlowController window = http2.local().flowController();
      int current = window.windowSize(http2.connectionStream());
      window.incrementWindowSize(http2.connectionStream(), CONNECTION_WINDOW_BYTES - current);
      ctx.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
      if (frame instanceof Http2GoAwayFrame) {
        synchronized (Http2Pool.this) {
          connection.leaving = true;
        }
      }
      ReferenceCountUtil.release(frame);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      var _ = ctx.close();
    }
  }

  private UpstreamStream open(Connection connection) throws IOException {
    Future<Http2StreamChannel> opened =
        new Http2StreamChannelBootstrap(connection.channel)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel stream) {
                    stream.config().setAutoRead(false);
                    stream.config().setAllocator(connection.channel.alloc());
                    stream
                        .pipeline()
                        .addLast(
                            new Http2StreamFrameToHttpObjectCodec(false),
                            new UpstreamStream(stream, limits.stall()));
                  }
                })
            .open();
    try {
      if (opened.await(limits.connect().toMillis(), TimeUnit.MILLISECONDS) && opened.isSuccess()) {
        return UpstreamStream.of(opened.getNow());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while opening a stream");
    }
    throw new UpstreamException(
        Kind.UNREACHABLE, key.endpoint().host() + " takes no more streams", opened.cause());
  }

  private void takeBack(Connection connection, UpstreamStream stream, boolean reusable) {
    if (!reusable) {
      stream.abort();
    }
    leave(connection);
  }

  private void leave(@Nullable Connection connection) {
    if (connection != null) {
      synchronized (this) {
        connection.streams--;
        if (connection.streams == 0) {
          closeWhenIdle(connection);
        }
      }
    }
    room.release();
  }

  private void closeWhenIdle(Connection connection) {
    long millis = connection.leaving ? 0 : limits.idle().toMillis();
    var _ =
        connection
            .channel
            .eventLoop()
            .schedule(() -> closeIfIdle(connection), millis, TimeUnit.MILLISECONDS);
  }

  private synchronized void closeIfIdle(Connection connection) {
    if (connection.streams == 0) {
      connections.remove(connection);
      var _ = connection.channel.close();
    }
  }

  @Override
  public synchronized void clear() {
    for (Connection connection : connections) {
      var _ = connection.channel.close();
    }
    connections.clear();
  }

  @Override
  public synchronized boolean isEmpty() {
    return connections.isEmpty() && room.availablePermits() == limits.maxRequests();
  }
}
