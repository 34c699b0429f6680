package io.croft.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An HTTP/1.1 connection: one exchange at a time, in the order of the requests. Auto-read is off
/// and the flow-control handler before it hands over one message per read, so that at most one
/// pipelined request waits here and the rest in the client.
///
/// Everything but the {@link Carrier} methods is confined to the event loop.
final class Http1Connection extends ChannelInboundHandlerAdapter implements Carrier {
  private static final Logger LOG = LoggerFactory.getLogger(Http1Connection.class);

  private final Channel channel;
  private final Dispatcher dispatcher;
  private final ClientIdentity identity;
  private final GatewayTimeouts timeouts;
  private @Nullable Exchange current;
  private @Nullable HttpRequest next;
  private @Nullable Future<?> deadline;

  /// Whether a message has been asked for that has not come yet.
  private boolean wanted;

  private boolean responded;
  private boolean draining;

  Http1Connection(Channel channel, Dispatcher dispatcher, ClientIdentity identity) {
    this.channel = channel;
    this.dispatcher = dispatcher;
    this.identity = identity;
    this.timeouts = dispatcher.timeouts();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    closeAfter(timeouts.head());
    read();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    wanted = false;
    try {
      if (message instanceof HttpRequest head) {
        accept(head);
      }
      if (message instanceof HttpContent content) {
        receive(content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /// A read may bring no whole message.
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (wanted) {
      ctx.read();
    }
    ctx.fireChannelReadComplete();
  }

  private void read() {
    wanted = true;
    channel.read();
  }

  private void accept(HttpRequest head) {
    if (current == null) {
      begin(head);
    } else {
      next = head;
    }
  }

  private void begin(HttpRequest head) {
    cancelDeadline();
    responded = false;
    var exchange = new Exchange(this, head, timeouts);
    current = exchange;
    if (draining) {
      exchange.forbidReuse();
    }
    if (!exchange.wellFormed()) {
      // The decoder sends no end after a broken head.
      exchange.body().received(LastHttpContent.EMPTY_LAST_CONTENT);
    } else if (exchange.body().expectsNothing()) {
      read();
    }
    dispatcher.dispatch(exchange, identity);
  }

  private void receive(HttpContent content) {
    if (current == null || current.body().complete()) {
      return;
    }
    current.body().received(content);
    if (current.body().complete()) {
      // Reads on, so that the end of the connection is noticed while the response is under way.
      read();
      if (responded) {
        proceed(current);
      }
    }
  }

  @Override
  public Channel channel() {
    return channel;
  }

  @Override
  public boolean upgradable() {
    return true;
  }

  @Override
  public void responded() {
    onEventLoop(() -> {
      responded = true;
      if (current != null) {
        proceed(current);
      }
    });
  }

  private void proceed(Exchange done) {
    if (!done.wellFormed() || !done.body().complete()) {
      linger(done);
    } else if (!done.persistent()) {
      close();
    } else {
      current = null;
      beginNext();
    }
  }

  /// Reads on for a while. To close at once would reset the connection, and a client that is still
  /// sending might never see the response.
  private void linger(Exchange done) {
    if (!channel.isActive()) {
      return;
    }
    closeAfter(LINGER);
    SslHandler ssl = channel.pipeline().get(SslHandler.class);
    if (!done.persistent() && ssl != null) {
      var _ = ssl.closeOutbound();
    }
    done.body().discard();
  }

  private void beginNext() {
    HttpRequest waiting = next;
    next = null;
    if (waiting != null) {
      begin(waiting);
    } else {
      closeAfter(timeouts.idle());
    }
  }

  @Override
  public void abort() {
    close();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.NOW) {
      draining = true;
      if (current == null) {
        close();
      } else {
        current.forbidReuse();
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    cancelDeadline();
    if (current != null) {
      current.gone();
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("connection failed", cause);
    close();
  }

  private void close() {
    var _ = channel.close();
  }

  private void closeAfter(Duration delay) {
    cancelDeadline();
    deadline = channel.eventLoop().schedule(this::close, delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
