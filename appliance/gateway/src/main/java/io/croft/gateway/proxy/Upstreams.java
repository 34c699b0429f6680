package io.croft.gateway.proxy;

import io.croft.base.Component;
import io.croft.gateway.EventLoops;
import io.croft.gateway.proxy.UpstreamException.Kind;
import io.croft.gateway.routing.Backend.Protocol;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// The connections to all upstreams. Thread-safe; `lease` blocks.
public final class Upstreams implements Component {
  private final EventLoops loops;
  private final UpstreamLimits limits;
  private final IntSupplier ownPort;

  /// What this gateway calls itself in `Via`: a name of its own, lest it takes another one's mark
  /// for a loop.
  private final String pseudonym =
      "croft-" + HexFormat.of().toHexDigits(new SecureRandom().nextLong());

  private final ConcurrentHashMap<UpstreamKey, Pool> pools = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("upstream-", 0).factory());
  private volatile @Nullable Connector connector;

  /// Connections to one endpoint.
  interface Pool {
    Lease lease() throws IOException;

    /// Closes what is not in use.
    void clear();

    /// Whether it holds nothing, so that it may be forgotten.
    boolean isEmpty();
  }

  /// @param ownPort at which the appliance itself listens, where no route may lead
  public Upstreams(EventLoops loops, UpstreamLimits limits, IntSupplier ownPort) {
    this.loops = loops;
    this.limits = limits;
    this.ownPort = ownPort;
  }

  @Override
  public String name() {
    return "upstreams";
  }

  @Override
  public synchronized void start() {
    connector = new Connector(loops, threads, limits, ownPort);
  }

  @Override
  public boolean ready() {
    return connector != null;
  }

  @Override
  public synchronized void stop() {
    pools.values().forEach(Pool::clear);
    threads.shutdown();
  }

  /// Runs the other half of a conversation.
  ExecutorService threads() {
    return threads;
  }

  String pseudonym() {
    return pseudonym;
  }

  UpstreamLimits limits() {
    return limits;
  }

  /// A connection for one request.
  Lease lease(UpstreamKey key) throws IOException {
    Connector current = connector;
    if (current == null) {
      throw new UpstreamException(Kind.BUSY, "the gateway is not running yet");
    }
    return pool(key, current).lease();
  }

  /// Endpoints come and go; pools without a connection go when others come.
  private Pool pool(UpstreamKey key, Connector current) {
    Pool known = pools.get(key);
    if (known != null) {
      return known;
    }
    pools.values().removeIf(Pool::isEmpty);
    return pools.computeIfAbsent(
        key,
        _ ->
            key.protocol() == Protocol.H2C
                ? new Http2Pool(key, current, limits)
                : new Http1Pool(key, current, limits));
  }
}
