package io.croft.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Sends the pieces of one response from the request's thread. Pieces are gathered to batches, each
/// of which takes one step of the event loop: the way from thread to thread costs more than what is
/// done there. At most two batches are under way, or one where memory is short: sending another one
/// blocks until the connection, and on HTTP/2 the receiver's flow-control window, has taken what
/// was before it.
final class PacedWriter {
  private final Channel channel;
  private final Duration stall;
  private List<HttpObject> batch = new ArrayList<>(2);
  private CompletableFuture<?> before = CompletableFuture.completedFuture(null);
  private CompletableFuture<?> underWay = before;

  /// Whether memory was ample when the last batch was handed over.
  private volatile boolean ample = true;

  // Of the event loop:

  /// What is not written yet.
  private final Queue<Piece> waiting = new ArrayDeque<>();

  /// Batches whose last piece is written and not taken.
  private final Queue<CompletableFuture<@Nullable Void>> underSend = new ArrayDeque<>(2);

  /// How many pieces are written and not taken.
  private int unsent;

  /// When one was taken last, or began to be watched.
  private long progress;

  private @Nullable Future<?> stalled;
  private boolean failed;

  /// @param taken completes when it and all before it are taken; null but for the last of a batch
  private record Piece(HttpObject object, @Nullable CompletableFuture<@Nullable Void> taken) {}

  /// @param stall how long the receiver may take for one piece, once it has those before
  PacedWriter(Channel channel, Duration stall) {
    this.channel = channel;
    this.stall = stall;
  }

  /// For the batch that goes out next. Takes the piece over.
  void add(HttpObject piece) {
    batch.add(piece);
  }

  /// Sends the batch once all others have been taken: so a writer learns early that nobody reads.
  void send() throws IOException {
    awaitTaken();
    handOver();
  }

  /// Sends the batch while another one may still be under way.
  void sendAhead() throws IOException {
    if (isAmple()) {
      await(before);
    } else {
      awaitTaken();
    }
    handOver();
  }

  /// Whether much may be gathered and be under way.
  boolean isAmple() {
    ample = Memory.isAmple(channel);
    return ample;
  }

  /// Lets go of a batch that will not be sent.
  void discard() {
    batch.forEach(ReferenceCountUtil::release);
    batch.clear();
  }

  /// Blocks until everything sent has been taken.
  void awaitTaken() throws IOException {
    await(before);
    await(underWay);
  }

  /// Has `end` run when everything sent has been taken, without a cause, or cannot be.
  void whenTaken(Consumer<@Nullable Throwable> end) {
    var _ = CompletableFuture.allOf(before, underWay).whenComplete((_, cause) -> end.accept(cause));
  }

  private static void await(CompletableFuture<?> taken) throws IOException {
    try {
      taken.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sending the response");
    } catch (ExecutionException e) {
      throw new IOException("the response cannot be sent", e.getCause());
    }
  }

  private void handOver() throws IOException {
    if (batch.isEmpty()) {
      return;
    }
    List<HttpObject> pieces = batch;
    batch = new ArrayList<>(2);
    var taken = new CompletableFuture<@Nullable Void>();
    try {
      channel.eventLoop().execute(() -> begin(pieces, taken));
    } catch (RejectedExecutionException e) {
      pieces.forEach(ReferenceCountUtil::release);
      throw new IOException("the gateway has stopped", e);
    }
    before = underWay;
    underWay = taken;
  }

  /// On the event loop, as all that follows.
  private void begin(List<HttpObject> pieces, CompletableFuture<@Nullable Void> taken) {
    if (failed) {
      pieces.forEach(ReferenceCountUtil::release);
      taken.completeExceptionally(new IOException("the receiver is gone"));
      return;
    }
    HttpObject last = pieces.removeLast();
    pieces.forEach(piece -> waiting.add(new Piece(piece, null)));
    waiting.add(new Piece(last, taken));
    proceed();
  }

  /// Writes what waits: all of it where memory is ample, else one piece after the other, as what is
  /// encrypted stays in memory until it is taken.
  private void proceed() {
    boolean all = ample; // for what is written without a flush, one must follow
    while (!waiting.isEmpty() && (all || unsent == 0)) {
      Piece piece = waiting.remove();
      if (piece.taken() != null) {
        underSend.add(piece.taken());
      }
      unsent++;
      ChannelFuture sent =
          waiting.isEmpty() || !all
              ? channel.writeAndFlush(piece.object())
              : channel.write(piece.object());
      if (sent.isDone()) {
        sent(sent, piece);
      } else {
        sent.addListener(_ -> {
          sent(sent, piece);
          proceed();
        });
        watch();
      }
    }
  }

  private void sent(ChannelFuture sent, Piece piece) {
    unsent--;
    progress = System.nanoTime();
    if (!sent.isSuccess()) {
      fail(new IOException("the receiver is gone", sent.cause()));
    } else if (piece.taken() != null) {
      var _ = underSend.poll(); // they are taken in the order in which they are written
      piece.taken().complete(null);
    }
    if (unsent == 0 && stalled != null) {
      stalled.cancel(false);
      stalled = null;
    }
  }

  /// Looks whether the receiver takes anything.
  private void watch() {
    if (stalled == null && !failed) {
      progress = System.nanoTime();
      lookIn(stall.toNanos());
    }
  }

  private void lookIn(long nanos) {
    stalled = channel.eventLoop().schedule(this::look, nanos, TimeUnit.NANOSECONDS);
  }

  private void look() {
    long left = progress + stall.toNanos() - System.nanoTime();
    if (left > 0) {
      lookIn(left);
    } else {
      stalled = null;
      fail(new IOException("the receiver has read nothing for " + stall));
    }
  }

  private void fail(IOException cause) {
    failed = true;
    waiting.forEach(piece -> {
      ReferenceCountUtil.release(piece.object());
      if (piece.taken() != null) {
        underSend.add(piece.taken());
      }
    });
    waiting.clear();
    var all = List.copyOf(underSend);
    underSend.clear();
    all.forEach(taken -> taken.completeExceptionally(cause));
  }
}
