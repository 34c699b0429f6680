package io.croft.fleet.node;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.proof.Role;
import io.croft.model.ApiObject;
import java.net.InetAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The hosts that may take the appliance's place, and where they would serve then: at the address
/// of their node and the appliance's own port. Thread-safe.
public final class Servers {
  private final Informer machines;
  private final Informer nodes;
  private final IntSupplier port;

  /// @param port where this appliance serves
  public Servers(Informers informers, IntSupplier port) {
    this.machines = informers.of(FleetKinds.MACHINES);
    this.nodes = informers.of(FleetKinds.NODES);
    this.port = port;
  }

  /// Whether a machine's host may keep a copy of the appliance.
  public static boolean isApproved(ApiObject machine) {
    JsonNode spec = machine.json().path("spec");
    return machine.deletionTimestamp() == null
        && spec.path("role").asText().equals(Role.SERVER.text())
        && spec.path("key").isTextual()
        && spec.path("key").equals(spec.path("copyKey"));
  }

  /// As above, for whoever has shown a key.
  public static boolean isApproved(ApiObject machine, String key) {
    return isApproved(machine) && machine.json().path("spec").path("key").asText().equals(key);
  }

  /// Where an appliance on a node would serve; empty when the node does not say where it is.
  public static Optional<URI> url(ApiObject node, int port) {
    return address(node)
        .map(address -> address.contains(":") ? "[" + address + "]" : address)
        .map(host -> URI.create("https://" + host + ":" + port));
  }

  /// Where a host has been told that others may take the appliance's place. What is no URL is left
  /// out.
  public static List<URI> told(ApiObject node) {
    return Arrays.stream(node.annotations().getOrDefault(FleetKinds.SERVERS, "").split(","))
        .flatMap(text -> parsed(text).stream())
        .toList();
  }

  private static Optional<URI> parsed(String text) {
    try {
      URI url = URI.create(text);
      return "https".equals(url.getScheme()) && url.getHost() != null
          ? Optional.of(url)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// The host itself says it: only what is an address counts.
  private static Optional<String> address(ApiObject node) {
    for (JsonNode address : node.json().path("status").path("addresses")) {
      if (address.path("type").asText().equals("InternalIP")) {
        String text = address.path("address").asText();
        try {
          return InetAddress.ofLiteral(text).isAnyLocalAddress() || text.contains("%")
              ? Optional.empty()
              : Optional.of(text);
        } catch (IllegalArgumentException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /// In a stable order, separated by commas.
  String urls() {
    return machines.list().stream()
        .filter(Servers::isApproved)
        .flatMap(machine -> nodes.get("", machine.name()).stream())
        .flatMap(node -> url(node, port.getAsInt()).stream())
        .map(URI::toString)
        .sorted()
        .collect(Collectors.joining(","));
  }

  /// @param changed told whenever there may be other ones; must not block
  public void addListener(Runnable changed) {
    machines.addHandler((before, after) -> {
      if (approved(before) != approved(after)) {
        changed.run();
      }
    });
    nodes.addHandler((before, after) -> {
      if (!addressOf(before).equals(addressOf(after)) && (isServer(before) || isServer(after))) {
        changed.run();
      }
    });
  }

  private static boolean approved(@Nullable ApiObject machine) {
    return machine != null && isApproved(machine);
  }

  private static Optional<String> addressOf(@Nullable ApiObject node) {
    return node == null ? Optional.empty() : address(node);
  }

  private static boolean isServer(@Nullable ApiObject node) {
    return node != null && Role.SERVER.text().equals(node.labels().get(FleetKinds.ROLE_LABEL));
  }
}
