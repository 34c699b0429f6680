package io.croft.fleet.kinds;

import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Provisioner;
import io.croft.model.GroupVersionResource;
import java.util.List;
import java.util.Optional;

/// Installs the definitions of this module's kinds.
public final class FleetKinds implements Component {
  public static final String GROUP = "fleet.croft.io";
  public static final String VERSION = "v1alpha1";
  public static final GroupVersionResource TOKENS =
      new GroupVersionResource(GROUP, VERSION, "jointokens");
  public static final GroupVersionResource MACHINES =
      new GroupVersionResource(GROUP, VERSION, "machines");
  public static final GroupVersionResource COMPONENTS =
      new GroupVersionResource(GROUP, VERSION, "machinecomponents");
  public static final GroupVersionResource COMPONENT_SETS =
      new GroupVersionResource(GROUP, VERSION, "machinecomponentsets");
  public static final GroupVersionResource NODES = new GroupVersionResource("", "v1", "nodes");
  public static final GroupVersionResource LEASES =
      new GroupVersionResource("coordination.k8s.io", "v1", "leases");
  public static final GroupVersionResource SIGNING_REQUESTS =
      new GroupVersionResource("certificates.k8s.io", "v1", "certificatesigningrequests");

  /// Where nodes show that they live.
  public static final String LEASE_NAMESPACE = "kube-node-lease";

  /// The signer of what hosts log in with.
  public static final String SIGNER = "fleet.croft.io/node";

  /// Before the name of a host in the name of its user.
  public static final String NODE_USER = "system:node:";

  /// The group of those users.
  public static final String NODES_GROUP = "system:nodes";

  /// Before the name of a host in a group of whatever else logs in from it: what runs containers
  /// there.
  public static final String HOST_GROUP = "fleet.croft.io:host:";

  /// By which all is found that logs in from the host of a user; empty when that is no host's.
  public static Optional<String> hostGroup(String user) {
    return user.startsWith(NODE_USER)
        ? Optional.of(HOST_GROUP + user.substring(NODE_USER.length()))
        : Optional.empty();
  }

  /// Before the identifier of a token in the name of who proved to know it.
  public static final String JOINING_USER = "system:croft:join:";

  /// The group of those.
  public static final String JOINING_GROUP = "system:croft:joining";

  /// On a node: as what its host has joined.
  public static final String ROLE_LABEL = "fleet.croft.io/role";

  /// The condition of a node whose host has a control plane of its own: whether that serves.
  public static final String CONTROL_PLANE_READY = "fleet.croft.io/ControlPlaneReady";

  /// The condition of a node whose host keeps a copy of the appliance: whether it is current.
  public static final String COPY_CURRENT = "fleet.croft.io/CopyCurrent";

  /// On a node: where those serve that may take the appliance's place, separated by commas.
  public static final String SERVERS = "fleet.croft.io/servers";

  /// Holds a machine until what it could log in and join with is taken back.
  public static final String FINALIZER = "fleet.croft.io/certificates";

  /// On a machine whose name another key has taken: what the key before could log in and join with
  /// is still to be taken back, and the new one gets no certificate until then.
  public static final String REPLACED = "fleet.croft.io/replaced";

  private final ApiClient client;
  private volatile boolean installed;

  public FleetKinds(ApiClient client) {
    this.client = client;
  }

  @Override
  public String name() {
    return "fleet-kinds";
  }

  @Override
  public void start() {
    var provisioner = new Provisioner(client);
    for (GroupVersionResource kind : List.of(TOKENS, MACHINES, COMPONENTS, COMPONENT_SETS)) {
      provisioner.definition(FleetKinds.class, kind.resource() + ".yaml");
    }
    installed = true;
  }

  @Override
  public boolean ready() {
    return installed;
  }

  @Override
  public void stop() {}
}
