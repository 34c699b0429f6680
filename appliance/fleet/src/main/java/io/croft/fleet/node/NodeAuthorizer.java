package io.croft.fleet.node;

import io.croft.fleet.kinds.FleetKinds;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.Decision;
import io.croft.security.GrantedRules;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.util.Set;

/// What hosts may do, by the names of things: a host reads and reports about itself, and where it
/// runs containers, does what a kubelet does. Roles cannot say that. Others are asked about
/// everything else.
public final class NodeAuthorizer implements Authorizer {
  private static final Set<String> READING = Set.of("get");
  private static final Set<String> CHANGING = Set.of("get", "update", "patch");
  private static final Set<String> COPYING = Set.of("get", "create");

  private final Authorizer others;
  private final Assigned assigned;
  private final Kubelets kubelets;

  /// What a host reads besides itself, because it was told to have it.
  public interface Assigned {
    /// Whether a host may read a `MachineComponent`.
    boolean component(String node, String name);

    /// Whether one of these refers to such an object.
    ///
    /// @param kind `ConfigMap` or `Secret`
    boolean source(String node, String kind, String namespace, String name);
  }

  /// Where an engine has hosts run containers.
  @FunctionalInterface
  public interface Kubelets {
    /// Nowhere.
    Kubelets NONE = attributes -> false;

    /// Whether this is what the kubelet of a host does, who is the user. The engine decides once
    /// more, object by object.
    boolean allows(Attributes attributes);
  }

  public NodeAuthorizer(Authorizer others, Assigned assigned, Kubelets kubelets) {
    this.others = others;
    this.assigned = assigned;
    this.kubelets = kubelets;
  }

  @Override
  public Decision authorize(Attributes attributes) {
    UserInfo user = attributes.user();
    if (user.inGroup(FleetKinds.JOINING_GROUP)
        && user.name().startsWith(FleetKinds.JOINING_USER)
        && isOwnRequest(attributes.info())) {
      return Decision.allow("fleet: a host that joins asks for its certificate");
    }
    if (user.inGroup(FleetKinds.NODES_GROUP) && user.name().startsWith(FleetKinds.NODE_USER)) {
      String node = user.name().substring(FleetKinds.NODE_USER.length());
      if (isOwn(attributes.info(), attributes.resourceWithSub(), node)) {
        return Decision.allow("fleet: a host reports about itself");
      }
      if (kubelets.allows(attributes)) {
        return Decision.allow("fleet: a host runs containers");
      }
    }
    return others.authorize(attributes);
  }

  @Override
  public GrantedRules rules(UserInfo user, String namespace) {
    return others.rules(user, namespace);
  }

  /// Requests say nothing that is secret, and their names are random.
  private static boolean isOwnRequest(RequestInfo info) {
    return info.resource()
        && info.group().equals("certificates.k8s.io")
        && info.plural().equals("certificatesigningrequests")
        && info.subresource().isEmpty()
        && (info.verb().equals("create") || info.verb().equals("get"));
  }

  private boolean isOwn(RequestInfo info, String resource, String node) {
    if (!info.resource()) {
      return false;
    }
    if (isOwnRequest(info)) {
      return true;
    }
    boolean own = info.name().equals(node);
    return switch (info.group() + "/" + resource) {
      case "/nodes" -> own && READING.contains(info.verb());
      case "/nodes/status" -> own && CHANGING.contains(info.verb());
      case "coordination.k8s.io/leases" ->
          own
              && info.namespace().equals(FleetKinds.LEASE_NAMESPACE)
              && CHANGING.contains(info.verb());
      case FleetKinds.GROUP + "/machines" -> own && READING.contains(info.verb());
      case FleetKinds.GROUP + "/machines/status" -> own && CHANGING.contains(info.verb());
      case FleetKinds.GROUP + "/machines/tunnel", FleetKinds.GROUP + "/machines/k3s" ->
          own && info.verb().equals("get");
      // Of these, only those that are approved get one.
      case FleetKinds.GROUP + "/machines/copy" -> own && COPYING.contains(info.verb());
      case FleetKinds.GROUP + "/machinecomponents" ->
          READING.contains(info.verb()) && assigned.component(node, info.name());
      case "/configmaps" -> isSource(info, node, "ConfigMap");
      case "/secrets" -> isSource(info, node, "Secret");
      default -> false;
    };
  }

  private boolean isSource(RequestInfo info, String node, String kind) {
    return READING.contains(info.verb())
        && assigned.source(node, kind, info.namespace(), info.name());
  }
}
