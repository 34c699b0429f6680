package io.croft.gateway.proxy;

import io.croft.gateway.proxy.UpstreamException.Kind;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// HTTP/1.1 connections to one endpoint: one request at a time on each, the most recently used
/// first. Thread-safe.
final class Http1Pool implements Upstreams.Pool {
  private static final int MAX_LINE_BYTES = 8 << 10;

  private static final int MAX_HEADER_BYTES = 64 << 10;

  private final UpstreamKey key;
  private final Connector connector;
  private final UpstreamLimits limits;
  private final Semaphore room;
  private final ConcurrentLinkedDeque<Resting> idle = new ConcurrentLinkedDeque<>();
  private final AtomicBoolean checking = new AtomicBoolean();

  /// @param since of `System.nanoTime`
  private record Resting(UpstreamStream stream, long since) {}

  Http1Pool(UpstreamKey key, Connector connector, UpstreamLimits limits) {
    this.key = key;
    this.connector = connector;
    this.limits = limits;
    this.room = new Semaphore(limits.maxRequests());
  }

  @Override
  public Lease lease() throws IOException {
    enter();
    boolean leased = false;
    try {
      UpstreamStream stream = rested();
      if (stream == null) {
        stream = connect();
      }
      leased = true;
      return new Lease(stream, this::takeBack);
    } finally {
      if (!leased) {
        room.release();
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

  /// One that has been used before and is still good.
  private @Nullable UpstreamStream rested() {
    Resting resting;
    while ((resting = idle.pollFirst()) != null) {
      if (resting.stream().wake()) {
        return resting.stream();
      }
      resting.stream().abort();
    }
    return null;
  }

  private UpstreamStream connect() throws IOException {
    Channel channel = connector.connect(key.endpoint(), key.tls(), this::setUp);
    return UpstreamStream.of(channel);
  }

  private void setUp(Channel channel) {
    var decoding =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxChunkSize(Connector.MAX_READ_BYTES);
    channel
        .pipeline()
        .addLast(
            new HttpClientCodec(decoding, false, true),
            new UpstreamStream(channel, limits.stall()));
  }

  /// Its handler has seen to it that whatever comes now closes it.
  private void takeBack(UpstreamStream stream, boolean reusable) {
    if (reusable && stream.channel().isActive()) {
      idle.addFirst(new Resting(stream, System.nanoTime()));
      expireAfter(limits.idle());
    } else {
      stream.abort();
    }
    room.release();
  }

  /// One check for all of them: one for each time that one is used would add up.
  private void expireAfter(Duration delay) {
    if (checking.compareAndSet(false, true)) {
      connector.later(this::expire, delay);
    }
  }

  /// Closes those that have not been used for as long as they may rest: they are the last.
  private void expire() {
    checking.set(false);
    Resting oldest;
    while ((oldest = idle.peekLast()) != null) {
      Duration left = limits.idle().minusNanos(System.nanoTime() - oldest.since());
      if (left.isPositive() && oldest.stream().channel().isActive()) {
        expireAfter(left);
        return;
      }
      if (idle.removeLastOccurrence(oldest)) {
        oldest.stream().abort();
      }
    }
  }

  @Override
  public void clear() {
    Resting resting;
    while ((resting = idle.pollFirst()) != null) {
      resting.stream().abort();
    }
  }

  @Override
  public boolean isEmpty() {
    return idle.isEmpty() && room.availablePermits() == limits.maxRequests();
  }
}
