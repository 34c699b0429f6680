package io.croft.gateway;

import io.croft.base.http.RequestBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A request's body on its way in. Nothing is read from the channel before it is asked for: the
/// channel's auto-read is on only while a reader waits, or while the rest is thrown away.
///
/// `readAll` and `open` belong to the request's thread; unless said otherwise all else to the event
/// loop.
final class IncomingBody implements RequestBody {
  private static final byte[] NOTHING = new byte[0];

  private final Channel channel;
  private final long declaredBytes;
  private final Duration timeout;
  private final CloseSignal clientGone;
  private final AtomicBoolean read = new AtomicBoolean();

  /// Whether the client waits for `100 Continue` before it sends.
  private volatile boolean awaitsContinue;

  private volatile boolean complete;
  private volatile boolean broken;
  private @Nullable IOException failure;
  private @Nullable Reader reader;

  /// What arrived before a stream's reader asked for it: what one read of the channel brings.
  private final Queue<byte[]> backlog = new ArrayDeque<>();

  /// A stream's reader who waits for the next piece, an empty one at the end.
  private @Nullable CompletableFuture<byte[]> pieceWanted;

  private boolean streamed;

  /// @param declaredBytes the body's length; -1 when the client has not said
  /// @param awaitsContinue whether the client waits for `100 Continue` before it sends
  /// @param timeout for all of the body
  /// @param clientGone fires when the client has gone
  IncomingBody(
      Channel channel,
      long declaredBytes,
      boolean awaitsContinue,
      Duration timeout,
      CloseSignal clientGone) {
    this.channel = channel;
    this.declaredBytes = declaredBytes;
    this.awaitsContinue = awaitsContinue;
    this.timeout = timeout;
    this.clientGone = clientGone;
  }

  /// Someone waiting for the body.
  private record Reader(
      int maxBytes, ByteArrayOutputStream bytes, CompletableFuture<byte[]> result) {}

  @Override
  public byte[] readAll(int maxBytes) throws IOException {
    return readAll(maxBytes, timeout);
  }

  @Override
  public byte[] readAll(int maxBytes, Duration patience) throws IOException {
    if (!read.compareAndSet(false, true)) {
      throw new IllegalStateException("the request's body has already been read");
    }
    if (declaredBytes > maxBytes) {
      throw new BodyTooLargeException(maxBytes);
    }
    if (declaredBytes == 0) {
      return new byte[0];
    }
    Duration shorter = patience.compareTo(timeout) < 0 ? patience : timeout;
    return ask(result -> collect(maxBytes, result), shorter);
  }

  @Override
  public void onGone(Runnable action) {
    clientGone.onFire(action);
  }

  @Override
  public long declaredBytes() {
    return declaredBytes;
  }

  @Override
  public InputStream open() {
    if (!read.compareAndSet(false, true)) {
      throw new IllegalStateException("the request's body has already been read");
    }
    return declaredBytes == 0
        ? InputStream.nullInputStream()
        : new Pieces(() -> ask(this::nextPiece, timeout));
  }

  /// Has something done on the event loop and waits for its result.
  private byte[] ask(Consumer<CompletableFuture<byte[]>> question, Duration patience)
      throws IOException {
    var result = new CompletableFuture<byte[]>();
    try {
      channel.eventLoop().execute(() -> question.accept(result));
    } catch (RejectedExecutionException e) {
      throw new IOException("the gateway has stopped", e);
    }
    return await(result, patience);
  }

  private void nextPiece(CompletableFuture<byte[]> result) {
    streamed = true;
    if (!backlog.isEmpty()) {
      result.complete(backlog.remove());
    } else if (failure != null) {
      result.completeExceptionally(failure);
    } else if (complete) {
      result.complete(NOTHING);
    } else {
      pieceWanted = result;
      letCome();
    }
  }

  private byte[] await(CompletableFuture<byte[]> result, Duration patience) throws IOException {
    try {
      return result.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BodyTooLargeException tooLarge) {
        throw tooLarge;
      }
      throw new IOException("the request's body could not be read", e.getCause());
    } catch (TimeoutException e) {
      broken = true;
      throw new IOException("the request's body did not arrive within " + patience, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading the request's body");
    }
  }

  private void collect(int maxBytes, CompletableFuture<byte[]> result) {
    if (failure != null) {
      result.completeExceptionally(failure);
      return;
    }
    reader = new Reader(maxBytes, new ByteArrayOutputStream(), result);
    letCome();
  }

  private void letCome() {
    if (awaitsContinue) {
      awaitsContinue = false;
      var _ =
          channel.writeAndFlush(
              new DefaultFullHttpResponse(
                  HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
    channel.config().setAutoRead(true);
  }

  /// Takes the next piece; the caller releases it.
  void received(HttpContent content) {
    awaitsContinue = false;
    if (content.decoderResult().isFailure()) {
      fail(new IOException("the request's body is malformed"));
    } else if (reader != null) {
      append(reader, content.content());
    } else if (streamed && content.content().isReadable()) {
      arrived(content.content());
    }
    if (content instanceof LastHttpContent) {
      end();
    }
  }

  private void arrived(ByteBuf content) {
    var piece = new byte[content.readableBytes()];
    content.readBytes(piece);
    channel.config().setAutoRead(false);
    if (pieceWanted != null) {
      pieceWanted.complete(piece);
      pieceWanted = null;
    } else {
      backlog.add(piece);
    }
  }

  private void append(Reader to, ByteBuf piece) {
    int length = piece.readableBytes();
    if (length > to.maxBytes - to.bytes.size()) {
      fail(new BodyTooLargeException(to.maxBytes));
      return;
    }
    var bytes = new byte[length];
    piece.readBytes(bytes);
    to.bytes.writeBytes(bytes);
  }

  private void end() {
    complete = true;
    channel.config().setAutoRead(false);
    if (reader != null) {
      reader.result.complete(reader.bytes.toByteArray());
      reader = null;
    }
    if (pieceWanted != null) {
      pieceWanted.complete(NOTHING);
      pieceWanted = null;
    }
  }

  /// Ends the reading, now or later, with `cause`; what still comes is for {@link #discard}.
  void fail(IOException cause) {
    broken = true;
    failure = cause;
    channel.config().setAutoRead(false);
    if (reader != null) {
      reader.result.completeExceptionally(cause);
      reader = null;
    }
    endStream(cause);
  }

  private void endStream(IOException cause) {
    if (pieceWanted != null) {
      pieceWanted.completeExceptionally(cause);
      pieceWanted = null;
    }
  }

  /// Reads on, throwing away what comes.
  void discard() {
    reader = null;
    if (streamed) {
      streamed = false;
      backlog.clear();
      failure = new IOException("the request has been answered; the rest of its body is dropped");
      endStream(failure);
    }
    channel.config().setAutoRead(true);
  }

  /// Whether there is none, so that reading on cannot bring more than its end.
  boolean expectsNothing() {
    return declaredBytes == 0;
  }

  /// Whether the last of it has arrived. Callable from any thread.
  boolean complete() {
    return complete;
  }

  /// Whether what has not arrived yet is so little that reading on is cheaper than a new
  /// connection. Callable from any thread.
  boolean worthDraining(int maxBytes) {
    return !broken
        && !awaitsContinue
        && (complete || (declaredBytes >= 0 && declaredBytes <= maxBytes));
  }
}
