package io.croft.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// A connection that has been upgraded: what the client sends is handed over when it is asked for,
/// and not read from the connection before; what is written goes out as it is. Everything but the
/// stream is confined to the event loop.
final class Conversing extends ChannelDuplexHandler {
  private static final byte[] END = new byte[0];

  private final Channel channel;

  /// What one read of the connection brought beyond what was asked for.
  private final Queue<byte[]> backlog = new ArrayDeque<>();

  private @Nullable CompletableFuture<byte[]> wanted;
  private boolean ended;

  Conversing(Channel channel) {
    this.channel = channel;
  }

  /// What the client sends. For one thread.
  InputStream input() {
    return new Pieces(this::next);
  }

  private byte[] next() throws IOException {
    var result = new CompletableFuture<byte[]>();
    try {
      channel.eventLoop().execute(() -> ask(result));
      return result.get();
    } catch (RejectedExecutionException | ExecutionException e) {
      throw new IOException("the client is gone", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the client");
    }
  }

  private void ask(CompletableFuture<byte[]> result) {
    if (!backlog.isEmpty()) {
      result.complete(backlog.remove());
    } else if (ended || !channel.isActive()) {
      result.complete(END);
    } else {
      wanted = result;
      channel.read();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof ByteBuf bytes && bytes.isReadable()) {
        arrived(bytes);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void arrived(ByteBuf bytes) {
    var piece = new byte[bytes.readableBytes()];
    bytes.readBytes(piece);
    if (wanted != null) {
      wanted.complete(piece);
      wanted = null;
    } else {
      backlog.add(piece);
    }
  }

  /// A read may bring less than a TLS record. Nobody behind this is told: they would read on.
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (wanted != null) {
      ctx.read();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended = true;
    if (wanted != null) {
      wanted.complete(END);
      wanted = null;
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    var _ = ctx.write(message instanceof HttpContent part ? part.content() : message, promise);
  }
}
