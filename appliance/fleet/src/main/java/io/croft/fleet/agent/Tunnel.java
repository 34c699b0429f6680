package io.croft.fleet.agent;

import io.croft.base.http.HttpHandler;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.tunnel.TunnelClient;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the connection up over which the appliance asks this host.
final class Tunnel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final Duration LAST_WAIT = Duration.ofSeconds(15);

  private final NodeDirectory directory;
  private final TunnelClient client;
  private final InstantSource clock;
  private final Thread thread;

  Tunnel(NodeDirectory directory, Membership membership, HttpHandler handler, InstantSource clock) {
    this.directory = directory;
    this.client = new TunnelClient(membership.server(), membership.name(), handler);
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("tunnel").unstarted(this::keep);
  }

  void start() {
    thread.start();
  }

  private void keep() {
    Duration wait = FIRST_WAIT;
    try {
      while (true) {
        long begunNanos = System.nanoTime();
        connect();
        boolean lasted = System.nanoTime() - begunNanos > LAST_WAIT.toNanos();
        wait = lasted ? FIRST_WAIT : longer(wait);
        // Hosts that lost the appliance together must not come back together.
        Thread.sleep(wait.toMillis() / 2 + ThreadLocalRandom.current().nextLong(wait.toMillis()));
      }
    } catch (InterruptedException e) {
      LOG.debug("the tunnel is closed");
    }
  }

  private static Duration longer(Duration wait) {
    Duration next = wait.multipliedBy(2);
    return next.compareTo(LAST_WAIT) > 0 ? LAST_WAIT : next;
  }

  private void connect() {
    try {
      var trust = new RootTrust(directory.authorities(), clock);
      client.run(trust.context(directory.identity()));
    } catch (IOException | GeneralSecurityException | JoinException | RuntimeException e) {
      LOG.atDebug().setCause(e).log("the tunnel has ended");
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
