package io.croft.fleet.agent;

import java.util.List;

/// A control plane that a host has of its own, as it tells the appliance that it has joined. The
/// two are no part of each other: nothing but this is told.
///
/// @param version of the Kubernetes API, such as `v1.34.0`; empty before it is known
/// @param engine what serves it
/// @param troubles which parts of it do not run; empty when it is ready
public record OwnControlPlane(String version, String engine, List<String> troubles) {
  public OwnControlPlane {
    troubles = List.copyOf(troubles);
  }
}
