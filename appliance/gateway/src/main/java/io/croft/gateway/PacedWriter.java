package io.croft.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

  /// @param stall how long the receiver may take for one batch, once it has those before
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
    if (Memory.isAmple(channel)) {
      await(before);
    } else {
      awaitTaken();
    }
    handOver();
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
    CompletableFuture<?> previous = underWay;
    var taken = new CompletableFuture<@Nullable Void>();
    try {
      channel.eventLoop().execute(() -> write(pieces, previous, taken));
    } catch (RejectedExecutionException e) {
      pieces.forEach(ReferenceCountUtil::release);
      throw new IOException("the gateway has stopped", e);
    }
    before = underWay;
    underWay = taken;
  }

  /// On the event loop, as what follows.
  private void write(
      List<HttpObject> pieces,
      CompletableFuture<?> previous,
      CompletableFuture<@Nullable Void> taken) {
    for (HttpObject piece : pieces.subList(0, pieces.size() - 1)) {
      var _ = channel.write(piece).addListener(sent -> failUnlessSent(sent, taken));
    }
    ChannelFuture last = channel.writeAndFlush(pieces.getLast());
    if (last.isDone()) {
      end(last, taken);
      return;
    }
    last.addListener(sent -> end(sent, taken));
    var _ = previous.whenComplete((_, _) -> limit(taken)); // the receiver takes one at a time
  }

  private void limit(CompletableFuture<@Nullable Void> taken) {
    Future<?> stalled =
        channel
            .eventLoop()
            .schedule(
                () ->
                    taken.completeExceptionally(
                        new IOException("the receiver has read nothing for " + stall)),
                stall.toMillis(),
                TimeUnit.MILLISECONDS);
    var _ = taken.whenComplete((_, _) -> stalled.cancel(false));
  }

  private static void end(Future<?> sent, CompletableFuture<@Nullable Void> taken) {
    failUnlessSent(sent, taken);
    taken.complete(null);
  }

  private static void failUnlessSent(Future<?> sent, CompletableFuture<@Nullable Void> taken) {
    if (!sent.isSuccess()) {
      taken.completeExceptionally(new IOException("the receiver is gone", sent.cause()));
    }
  }
}
