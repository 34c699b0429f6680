package io.croft.store.etcd;

import io.croft.store.Store;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves a store to etcd v3 clients. It does not own the store: close this first, then the store.
///
/// Every call runs on a virtual thread of its own, as the store waits for the disk; event loops
/// only move bytes.
public final class EtcdServer implements AutoCloseable {
  /// The version that clients are told: progress requests need >= 3.5.13, and 3.7 is the first that
  /// streams ranges.
  static final String VERSION = "3.7.1";

  /// What a message from a client may have. The store's own limit is below it, so that a request
  /// that is not absurdly large gets etcd's words rather than gRPC's.
  private static final int MAX_INBOUND_BYTES = 4 << 20;

  /// etcd's least interval of client pings; kube-apiserver sends one every 30 s, which gRPC's
  /// default of 5 min would punish.
  private static final Duration LEAST_PING_INTERVAL = Duration.ofSeconds(5);

  private static final Duration PING_INTERVAL = Duration.ofHours(2);
  private static final Duration PING_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(EtcdServer.class);

  /// Answers wait for their clients on the heap; only what these take now is copied to direct
  /// memory, of which there is little. Sized as the gateway's: chunks of 1 MiB.
  private static final ByteBufAllocator BUFFERS =
      new PooledByteBufAllocator(false, 0, 2, 8 << 10, 7, 64, 16, false);

  private final Store store;
  private final EtcdConfig config;
  private final AnswerBudget answers;
  private final Streams streams = new Streams();
  private volatile @Nullable Running running;

  /// Does nothing before [#start].
  public EtcdServer(Store store, EtcdConfig config) {
    this(store, config, AnswerBudget.ofHeap());
  }

  EtcdServer(Store store, EtcdConfig config, AnswerBudget answers) {
    this.store = store;
    this.config = config;
    this.answers = answers;
  }

  private record Running(Server server, Binding binding, @Nullable TlsListener tls) {}

  /// Listens; clients are served once it returns.
  ///
  /// @throws IOException when the address cannot be listened on or the TLS settings are not usable
  public synchronized void start() throws IOException {
    if (running != null) {
      throw new IllegalStateException("the server runs already");
    }
    EtcdTls wanted = config.tls();
    TlsListener tls = wanted == null ? null : new TlsListener(wanted);
    Binding binding = Binding.of(config.address());
    Server server = null;
    try {
      server = build(binding, tls).start();
      binding.open(server);
    } catch (IOException | RuntimeException e) {
      stop(server, binding);
      throw e;
    }
    running = new Running(server, binding, tls);
    LOG.atInfo().addKeyValue("url", url()).log("etcd serves");
  }

  private Server build(Binding binding, @Nullable TlsListener tls) throws IOException {
    ThreadFactory threads = Thread.ofVirtual().name("etcd-", 0).factory();
    NettyServerBuilder builder =
        binding
            .prepare(tls == null ? InsecureServerCredentials.create() : tls.credentials())
            .executor(call -> threads.newThread(call).start())
            .withChildOption(ChannelOption.ALLOCATOR, BUFFERS)
            .addTransportFilter(answers)
            .maxInboundMessageSize(MAX_INBOUND_BYTES)
            .permitKeepAliveTime(LEAST_PING_INTERVAL.toNanos(), TimeUnit.NANOSECONDS)
            .keepAliveTime(PING_INTERVAL.toNanos(), TimeUnit.NANOSECONDS)
            .keepAliveTimeout(PING_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
    boolean secure = tls != null;
    Services.of(store, streams, () -> binding.url(secure), config.scratch())
        .forEach(builder::addService);
    return builder.build();
  }

  /// The port listened on; -1 for an address that has none.
  ///
  /// @throws IllegalStateException when it does not run
  public int port() {
    return running().server().getPort();
  }

  /// Where clients reach it, as `SCHEME://HOST:PORT` or `unix://PATH`.
  ///
  /// @throws IllegalStateException when it does not run
  public String url() {
    return running().binding().url(config.tls() != null);
  }

  /// Presents another certificate, and trusts other authorities, from the next connection on.
  ///
  /// @throws IOException when the settings are not usable; those before stay
  /// @throws IllegalStateException when it does not run, or without TLS
  public synchronized void renew(EtcdTls tls) throws IOException {
    TlsListener listener = running().tls();
    if (listener == null) {
      throw new IllegalStateException("the server listens without TLS");
    }
    listener.renew(tls);
  }

  private Running running() {
    Running now = running;
    if (now == null) {
      throw new IllegalStateException("the server does not run");
    }
    return now;
  }

  /// Takes no more calls, ends streams, and waits at most some seconds for calls under way.
  /// Repeatable.
  @Override
  public synchronized void close() {
    Running now = running;
    if (now == null) {
      return;
    }
    running = null;
    stop(now.server(), now.binding());
  }

  private void stop(@Nullable Server server, Binding binding) {
    if (server != null) {
      server.shutdown();
      streams.end();
      if (!terminated(server)) {
        server.shutdownNow();
        terminated(server);
      }
    }
    binding.close();
  }

  private static boolean terminated(Server server) {
    try {
      return server.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
