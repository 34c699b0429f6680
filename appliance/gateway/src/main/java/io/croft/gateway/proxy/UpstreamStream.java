package io.croft.gateway.proxy;

import io.croft.base.http.Headers;
import io.croft.gateway.Memory;
import io.croft.gateway.TimedWait;
import io.croft.gateway.proxy.UpstreamException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The end of a connection to an upstream, or of one of its HTTP/2 streams, for threads that may
/// block: one that sends and one that receives. Nothing is read before it is asked for, but for one
/// read ahead, and at most one piece is on its way out. The handler itself is confined to the event
/// loop.
final class UpstreamStream extends ChannelInboundHandlerAdapter {
  private static final int SWITCHING_PROTOCOLS = 101;

  /// What is shorter is copied, lest it holds the whole of the buffer that it was read to.
  private static final int MIN_KEPT_BYTES = 8 << 10;

  private static final int MIN_COPY_BYTES = 1 << 10;

  private final Channel channel;
  private final Duration stall;

  /// What one read of the channel brought beyond what was asked for.
  private final Deque<Arrival> backlog = new ArrayDeque<>();

  /// Someone who waits for all that the next read brings.
  private @Nullable CompletableFuture<List<Arrival>> wanted;

  /// Ends that waiting. A timer of the event loop costs nothing that the waiting thread's would:
  /// that one has a thread of its own, to be woken for each.
  private @Nullable Future<?> expiry;

  /// What has been handed over and not been taken. For the receiving thread.
  private final Queue<Arrival> received = new ArrayDeque<>();

  private @Nullable IOException failure;

  /// Whether nothing is expected: the answer has come to its end.
  private boolean resting;

  /// Whether nobody receives any more.
  private boolean discarding;

  private boolean interim;
  private boolean upgraded;
  private @Nullable ChannelFuture underWay;

  /// @param stall how long the upstream may take for a piece that is sent
  UpstreamStream(Channel channel, Duration stall) {
    this.channel = channel;
    this.stall = stall;
  }

  /// That of a channel.
  ///
  /// @throws UpstreamException when the channel has been closed already, and taken apart
  static UpstreamStream of(Channel channel) throws UpstreamException {
    UpstreamStream stream = channel.pipeline().get(UpstreamStream.class);
    if (stream == null) {
      throw new UpstreamException(Kind.BROKEN, "it closed the connection");
    }
    return stream;
  }

  /// Sends a piece once the one before has been taken. For the sending thread.
  void send(Object piece) throws IOException {
    try {
      awaitTaken();
    } catch (IOException e) {
      ReferenceCountUtil.release(piece);
      throw e;
    }
    underWay = channel.writeAndFlush(piece);
  }

  void send(byte[] bytes, int length) throws IOException {
    send(new DefaultHttpContent(Unpooled.copiedBuffer(bytes, 0, length)));
  }

  /// As {@link #send}, once the connection has been upgraded.
  void sendRaw(byte[] bytes, int length) throws IOException {
    send(Unpooled.copiedBuffer(bytes, 0, length));
  }

  /// From here on both sides send what is no longer HTTP. Before {@link #sendRaw}.
  void speakBytes() throws IOException {
    awaitTaken();
    try {
      channel.eventLoop().execute(() -> channel.pipeline().remove(HttpClientCodec.class));
    } catch (RejectedExecutionException e) {
      throw new UpstreamException(Kind.BROKEN, "the gateway has stopped", e);
    }
  }

  void awaitTaken() throws IOException {
    ChannelFuture sent = underWay;
    if (sent == null) {
      return;
    }
    try {
      if (!TimedWait.await(sent, stall)) {
        throw new UpstreamException(Kind.TIMEOUT, "it has read nothing for " + stall);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sending");
    }
    if (!sent.isSuccess()) {
      throw new UpstreamException(Kind.BROKEN, "the connection broke", sent.cause());
    }
    underWay = null;
  }

  /// Sends the head of a request. For the sending thread.
  void begin(Object message) throws IOException {
    begin(message, () -> {});
  }

  /// Sends a whole request and waits for what comes first: in one step, as the way from thread to
  /// thread costs more than what is done there. For both threads.
  Arrival ask(Object message, Duration patience) throws IOException {
    var result = new CompletableFuture<List<Arrival>>();
    begin(message, () -> ask(result, patience));
    received.addAll(await(result));
    return received.remove();
  }

  private void begin(Object message, Runnable then) throws IOException {
    ChannelPromise sent = channel.newPromise();
    underWay = sent;
    try {
      channel
          .eventLoop()
          .execute(() -> {
            resting = false;
            var _ = channel.writeAndFlush(message, sent);
            then.run();
          });
    } catch (RejectedExecutionException e) {
      ReferenceCountUtil.release(message);
      throw new UpstreamException(Kind.BROKEN, "the gateway has stopped", e);
    }
  }

  /// What comes next. For the receiving thread.
  ///
  /// @param patience zero for as long as it takes
  Arrival next(Duration patience) throws IOException {
    if (received.isEmpty()) {
      received.addAll(more(patience));
    }
    return received.remove();
  }

  /// Whether {@link #next} need not wait.
  boolean hasNext() {
    return !received.isEmpty();
  }

  /// The rest of an answer that has arrived to its end already, without trailers, if that is so.
  /// For the receiving thread.
  Optional<List<Arrival>> remainder(int maxBytes) {
    int bytes = 0;
    boolean ended = false;
    for (Arrival arrival : received) {
      switch (arrival) {
        case Arrival.Data(ByteBuf data) -> bytes += data.readableBytes();
        case Arrival.End(Headers trailers) -> ended = trailers == Headers.EMPTY;
        case Arrival.Head _, Arrival.Closed _ -> {
          return Optional.empty();
        }
      }
    }
    if (!ended || bytes > maxBytes) {
      return Optional.empty();
    }
    var all = List.copyOf(received);
    received.clear();
    return Optional.of(all);
  }

  /// At least one.
  private List<Arrival> more(Duration patience) throws IOException {
    var result = new CompletableFuture<List<Arrival>>();
    try {
      channel.eventLoop().execute(() -> ask(result, patience));
    } catch (RejectedExecutionException e) {
      throw new UpstreamException(Kind.BROKEN, "the gateway has stopped", e);
    }
    return await(result);
  }

  /// Lets go of what has arrived, and of what still comes. For the receiving thread, which has no
  /// use for the rest of an answer.
  void discard() {
    releaseAll(received);
    try {
      channel.eventLoop().execute(this::drop);
    } catch (RejectedExecutionException e) {
      drop(); // the event loop has ended
    }
  }

  private void drop() {
    discarding = true;
    releaseAll(backlog);
  }

  private static void releaseAll(Collection<Arrival> arrivals) {
    arrivals.forEach(Arrival::release);
    arrivals.clear();
  }

  private static List<Arrival> await(CompletableFuture<List<Arrival>> result) throws IOException {
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io
          ? io
          : new UpstreamException(Kind.BROKEN, "the connection broke", e);
    } catch (InterruptedException e) {
      var _ = result.thenAccept(unwanted -> unwanted.forEach(Arrival::release));
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for an upstream");
    }
  }

  private void ask(CompletableFuture<List<Arrival>> result, Duration patience) {
    if (!backlog.isEmpty()) {
      result.complete(drained());
      readAhead();
    } else if (failure != null) {
      result.completeExceptionally(failure);
    } else if (!channel.isActive()) {
      end();
      ask(result, patience);
    } else {
      wanted = result;
      if (!patience.isZero()) {
        expiry =
            channel
                .eventLoop()
                .schedule(() -> expire(patience), patience.toNanos(), TimeUnit.NANOSECONDS);
      }
      channel.read();
    }
  }

  private void expire(Duration patience) {
    CompletableFuture<List<Arrival>> waiting = answered();
    if (waiting != null) {
      waiting.completeExceptionally(
          new UpstreamException(Kind.TIMEOUT, "it has not answered within " + patience));
    }
  }

  /// Who waits, and from here on does not.
  private @Nullable CompletableFuture<List<Arrival>> answered() {
    CompletableFuture<List<Arrival>> waiting = wanted;
    wanted = null;
    if (expiry != null) {
      expiry.cancel(false);
      expiry = null;
    }
    return waiting;
  }

  private List<Arrival> drained() {
    var all = List.copyOf(backlog);
    backlog.clear();
    return all;
  }

  /// Hands over what there is.
  private void deliver() {
    if (!backlog.isEmpty()) {
      CompletableFuture<List<Arrival>> waiting = answered();
      if (waiting != null) {
        waiting.complete(drained());
        readAhead();
      }
    }
  }

  /// The next piece may arrive while the one before is passed on, if there is room for both.
  private void readAhead() {
    if (!resting && !upgraded && failure == null && Memory.isAmple(channel)) {
      channel.read();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (resting) {
        var _ = ctx.close(); // nobody has asked it anything
      } else {
        take(message);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void take(Object message) {
    if (message instanceof HttpObject part && part.decoderResult().isFailure()) {
      fail(
          new UpstreamException(
              Kind.BROKEN, "it sent what is no HTTP: " + part.decoderResult().cause()));
      return;
    }
    if (message instanceof HttpResponse head) {
      upgraded = head.status().code() == SWITCHING_PROTOCOLS;
      interim = head.status().codeClass() == HttpStatusClass.INFORMATIONAL;
      backlog.add(
          new Arrival.Head(
              head.status().code(), headers(head.headers()), HttpUtil.isKeepAlive(head)));
    }
    if (upgraded) {
      if (message instanceof ByteBuf bytes) {
        data(bytes);
      }
      return;
    }
    if (message instanceof HttpContent content) {
      data(content.content());
    }
    if (message instanceof LastHttpContent last) {
      backlog.add(new Arrival.End(headers(last.trailingHeaders())));
      if (!interim) {
        rest();
      }
    }
  }

  private void data(ByteBuf content) {
    int length = content.readableBytes();
    if (length > 0 && !discarding) {
      if (length >= MIN_KEPT_BYTES && Memory.isAmple(channel)) {
        backlog.add(new Arrival.Data(content.retain()));
      } else {
        copy(content);
      }
    }
  }

  /// Many short ones become one.
  private void copy(ByteBuf content) {
    int length = content.readableBytes();
    if (backlog.peekLast() instanceof Arrival.Data(ByteBuf last)
        && last.hasArray()
        && last.isWritable(length)) {
      last.writeBytes(content);
    } else {
      ByteBuf copy = Unpooled.buffer(Math.max(length, MIN_COPY_BYTES));
      backlog.add(new Arrival.Data(copy.writeBytes(content)));
    }
  }

  private static Headers headers(HttpHeaders fields) {
    if (fields.isEmpty()) {
      return Headers.EMPTY;
    }
    var flat = new ArrayList<String>(fields.size() * 2);
    for (Map.Entry<String, String> field : fields) {
      flat.add(field.getKey().toLowerCase(Locale.ROOT));
      flat.add(field.getValue());
    }
    return Headers.of(flat.toArray(String[]::new));
  }

  /// All that a read has brought is handed over at once. It may be no whole message.
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    deliver();
    if (wanted != null) {
      ctx.read();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof Http2ResetFrame reset) {
      fail(new UpstreamException(Kind.BROKEN, "it reset the stream: error " + reset.errorCode()));
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end();
    ctx.fireChannelInactive();
  }

  private void end() {
    if (upgraded) {
      backlog.add(new Arrival.Closed());
      deliver();
    } else {
      fail(new UpstreamException(Kind.BROKEN, "it closed the connection"));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(new UpstreamException(Kind.BROKEN, String.valueOf(cause.getMessage()), cause));
    var _ = ctx.close();
  }

  private void fail(IOException cause) {
    if (failure == null) {
      failure = cause;
    }
    deliver();
    CompletableFuture<List<Arrival>> waiting = answered();
    if (waiting != null) {
      waiting.completeExceptionally(failure);
    }
  }

  /// From here on nothing is expected; whatever comes, its end most of all, closes the connection.
  private void rest() {
    resting = true;
    channel.read();
  }

  /// A request follows, by {@link #ask} or {@link #begin}. For the thread that takes the connection
  /// over.
  ///
  /// @return whether the connection is still good, as far as is known: it may end while the request
  ///   is on its way, as any connection may
  boolean wake() {
    underWay = null;
    received.clear();
    return channel.isActive();
  }

  /// Cuts it. Callable from any thread, in any state.
  void abort() {
    var _ = channel.close();
  }

  Channel channel() {
    return channel;
  }
}
