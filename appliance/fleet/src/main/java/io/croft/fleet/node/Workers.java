package io.croft.fleet.node;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.proof.Role;
import io.croft.model.ApiObject;
import java.net.InetAddress;
import java.util.Optional;

/// The hosts that may run containers: those that have joined as agents. Asks nobody, and so may be
/// asked for every request.
public final class Workers {
  private final Informer machines;
  private final Informer nodes;

  public Workers(Informers informers) {
    this.machines = informers.of(FleetKinds.MACHINES);
    this.nodes = informers.of(FleetKinds.NODES);
  }

  /// The fingerprint of a host's key; empty when there is no such host.
  public Optional<String> key(String name) {
    return machines
        .get("", name)
        .filter(found -> found.deletionTimestamp() == null)
        .filter(found -> found.json().at("/spec/role").asText().equals(Role.AGENT.text()))
        .flatMap(found -> found.at("spec", "key"))
        .map(JsonNode::asText);
  }

  /// Whether an address is that of another node.
  public boolean isOfAnother(String name, InetAddress address) {
    for (ApiObject other : nodes.list()) {
      for (JsonNode one : other.json().at("/status/addresses")) {
        if (!other.name().equals(name) && is(one.path("address").asText(), address)) {
          return true;
        }
      }
    }
    return false;
  }

  /// One address may be written in several ways.
  private static boolean is(String text, InetAddress address) {
    try {
      return InetAddress.ofLiteral(text).equals(address);
    } catch (IllegalArgumentException e) {
      return false; // a name
    }
  }
}
