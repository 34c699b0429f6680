package io.croft.app.runtime;

import io.croft.engine.k3s.K3sHosts;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.node.NodeAuthorizer;
import io.croft.fleet.node.Workers;
import io.croft.security.Attributes;
import io.croft.security.rbac.RbacAuthorizer;
import java.net.InetAddress;
import java.util.Optional;

/// The kubelets of k3s on hosts that have joined. Which objects are a node's business, k3s decides.
record Kubelets(RbacAuthorizer rbac, Workers workers)
    implements NodeAuthorizer.Kubelets, K3sHosts.Hosts {
  private static final String ROLE = "system:node";

  @Override
  public boolean allows(Attributes asked) {
    String node = asked.user().name().substring(FleetKinds.NODE_USER.length());
    return workers.key(node).isPresent()
        && (K3sHosts.isFor(asked.info().path()) || rbac.allows(ROLE, asked));
  }

  @Override
  public Optional<String> key(String name) {
    return workers.key(name);
  }

  @Override
  public boolean isOfAnother(String name, InetAddress address) {
    return workers.isOfAnother(name, address);
  }
}
