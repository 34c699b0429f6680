package io.croft.fleet.proof;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a host becomes by joining.
public enum Role {
  /// Runs what it is told to: machine components.
  AGENT,
  /// A peer of the control plane. No appliance has any, see [#NO_SERVERS]; tokens can say it.
  SERVER,
  /// Is an agent, and has a small control plane of its own besides.
  EDGE;

  /// What whoever wants a server is told.
  public static final String NO_SERVERS =
      "no host joins as server, since an appliance has all of its state in one store on one host:"
          + " keep its snapshots (croft store snapshot) and its keys on another host to restore"
          + " them there, or run k3s with peers and a datastore of its own; hosts join as agent or"
          + " edge";

  /// As commands and objects write it.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Role> of(String text) {
    return Arrays.stream(values()).filter(role -> role.text().equals(text)).findFirst();
  }
}
