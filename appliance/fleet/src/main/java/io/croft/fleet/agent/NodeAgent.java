package io.croft.fleet.agent;

import io.croft.client.ApiClient;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.agent.component.HostComponents;
import io.croft.model.StatusException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What runs on a host that has joined: heartbeats, the renewal of its certificate, the connection
/// over which the appliance asks it, and the software that it should have. It goes on whatever
/// happens, but for one thing: that the appliance knows the host no more.
public final class NodeAgent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeAgent.class);

  private static final Duration BEAT = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofSeconds(2);

  /// So often another certificate is asked for when the one at hand is not accepted.
  private static final Duration JOIN_AGAIN = Duration.ofMinutes(1);

  private static final int UNAUTHORIZED = 401;

  private final ServerConnection connection;
  private final Heartbeat heartbeat;
  private final CertificateRenewal renewal;
  private final Tunnel tunnel;
  private final HostComponents components;
  private final Runnable firstBeat;
  private String complaint = "";
  private boolean beaten;
  private long joinedAgainNanos = System.nanoTime() - JOIN_AGAIN.toNanos();

  /// @param version of this program
  /// @param firstBeat told once, when the appliance has heard of this host
  public NodeAgent(
      NodeDirectory directory,
      Path dataDirectory,
      Membership membership,
      String version,
      InstantSource clock,
      Runnable firstBeat)
      throws IOException, JoinException {
    this.connection = new ServerConnection(directory, membership, clock);
    var client = new ApiClient(connection, "croft-node");
    var inventory = new Inventory(version);
    this.components =
        new HostComponents(client, membership.name(), dataDirectory.resolve("node"), clock);
    var status =
        new NodeStatus(
            membership.server(), membership.name(), dataDirectory, inventory, components::troubles);
    var routes =
        new AgentRoutes(inventory, dataDirectory.resolve("logs/croft.log"), components::wake);
    this.tunnel = new Tunnel(directory, membership, routes, clock);
    this.heartbeat = new Heartbeat(client, status, clock);
    this.renewal = new CertificateRenewal(directory, membership, client, connection, clock);
    this.firstBeat = firstBeat;
  }

  /// Does not return while the host is one of the appliance's.
  ///
  /// @throws JoinException when it is not any more
  public void run() throws InterruptedException, JoinException {
    tunnel.start();
    components.start();
    while (true) {
      Thread.sleep(round() ? BEAT : RETRY);
    }
  }

  private boolean round() throws InterruptedException, JoinException {
    try {
      if (renewal.isOver()) {
        renewal.joinAgain();
      }
      heartbeat.beat();
      if (!beaten) {
        beaten = true;
        firstBeat.run();
      }
      renewal.look();
      complaint = "";
      return true;
    } catch (StatusException e) {
      complain(e);
      if (e.status().code() == UNAUTHORIZED) {
        joinAgain();
      }
    } catch (JoinException e) {
      endIfForgotten(e);
    } catch (IOException | RuntimeException e) {
      complain(e);
    }
    return false;
  }

  /// The certificate may have been taken back without the host being removed.
  private void joinAgain() throws InterruptedException, JoinException {
    long now = System.nanoTime();
    if (now - joinedAgainNanos < JOIN_AGAIN.toNanos()) {
      return;
    }
    joinedAgainNanos = now;
    try {
      renewal.joinAgain();
    } catch (IOException | RuntimeException e) {
      complain(e);
    } catch (JoinException e) {
      endIfForgotten(e);
    }
  }

  private void endIfForgotten(JoinException e) throws JoinException {
    if (e.isForgotten()) {
      throw e;
    }
    complain(e);
  }

  /// The same is said once.
  private void complain(Exception e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    if (!message.equals(complaint)) {
      complaint = message;
      LOG.atWarn().addKeyValue("cause", message).log("the appliance does not hear of this host");
    }
  }

  @Override
  public void close() {
    components.close();
    tunnel.close();
    connection.close();
  }
}
