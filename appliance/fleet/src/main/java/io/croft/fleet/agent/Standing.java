package io.croft.fleet.agent;

import io.croft.client.ApiClient;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.Set;

/// Whether the appliance still knows a host that has joined.
public enum Standing {
  KNOWN,
  /// It lets the host in no more, or has no such node.
  UNKNOWN,
  /// It was not reached, or does not work just now.
  UNCLEAR;

  private static final Set<Integer> REFUSALS = Set.of(401, 403, 404);

  /// Asks it, with the certificate of the host.
  public static Standing of(NodeDirectory directory, Membership membership, InstantSource clock)
      throws JoinException {
    try {
      var connection = new ServerConnection(directory, membership, clock);
      try {
        new ApiClient(connection, "croft-node").get(FleetKinds.NODES, "", membership.name());
        return KNOWN;
      } finally {
        connection.close();
      }
    } catch (StatusException e) {
      return REFUSALS.contains(e.status().code()) ? UNKNOWN : UNCLEAR;
    } catch (IOException | UncheckedIOException e) {
      return UNCLEAR;
    }
  }
}
