package io.croft.fleet.agent;

import io.croft.client.ApiClient;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/// Whether the appliance still knows a host that has joined.
public enum Standing {
  KNOWN,
  /// It lets the host in no more, or has no such node.
  UNKNOWN,
  /// It was not reached, or does not work just now.
  UNCLEAR;

  private static final Set<Integer> REFUSALS = Set.of(401, 403, 404);

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /// Whether the appliance that a host has joined serves, whatever it knows of the host.
  public static boolean serves(NodeDirectory directory, Membership membership, InstantSource clock)
      throws IOException, InterruptedException, JoinException {
    return serves(membership.server(), directory.authorities(), clock);
  }

  /// Whether an appliance with these authorities serves somewhere. Whoever does not answer within
  /// seconds does not.
  public static boolean serves(URI server, List<X509Certificate> roots, InstantSource clock)
      throws InterruptedException {
    try (var calls = new JoinCalls(server, new RootTrust(roots, clock), PATIENCE)) {
      calls.authorities();
      return true;
    } catch (JoinException e) {
      return true; // it has shown its certificate before
    } catch (IOException | GeneralSecurityException e) {
      return false;
    }
  }

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
