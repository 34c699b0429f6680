package io.croft.fleet.agent;

import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.node.Servers;
import io.croft.model.ApiObject;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The servers that may take the appliance's place. One that has, answers where it said that it
/// would, with a certificate of the same authorities, and knows the host.
final class Successors {
  private static final Logger LOG = LoggerFactory.getLogger(Successors.class);

  /// For how long the appliance may be out of reach before others are asked.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration AGAIN = Duration.ofSeconds(10);

  private final NodeDirectory directory;
  private final Membership membership;
  private final InstantSource clock;
  private List<URI> known;
  private long lookNanos = System.nanoTime() + PATIENCE.toNanos();

  Successors(NodeDirectory directory, Membership membership, InstantSource clock)
      throws IOException, JoinException {
    this.directory = directory;
    this.membership = membership;
    this.clock = clock;
    this.known = directory.servers();
  }

  /// The appliance has been reached.
  ///
  /// @param node this host's, which names them
  void heard(ApiObject node) throws IOException, JoinException {
    lookNanos = System.nanoTime() + PATIENCE.toNanos();
    List<URI> told = Servers.told(node);
    if (!told.equals(known)) {
      directory.writeServers(told);
      known = told;
    }
  }

  /// Asks them when the appliance has not been reached for long.
  ///
  /// @return whether the host is one of another server's from now on
  boolean found() throws IOException, JoinException {
    if (System.nanoTime() - lookNanos < 0) {
      return false;
    }
    var candidates = new ArrayList<>(known);
    candidates.addAll(directory.formerServers()); // if everything is as it was
    for (URI server : candidates) {
      var there = new Membership(server, membership.name(), membership.role());
      if (!there.equals(membership) && Standing.of(directory, there, clock) == Standing.KNOWN) {
        directory.move(server);
        LOG.atWarn()
            .addKeyValue("from", membership.server())
            .addKeyValue("to", server)
            .log("another server has taken the appliance's place");
        return true;
      }
    }
    lookNanos = System.nanoTime() + AGAIN.toNanos();
    return false;
  }
}
