package io.croft.fleet.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.PatchType;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// Shows that a host lives, and how it is. Each beat compares what the appliance has with what is,
/// so that it does not matter which beats were lost.
final class Heartbeat {
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private static final String CONTROL_PLANE = "controlPlane";

  private final ApiClient client;
  private final String name;
  private final NodeStatus status;
  private final Inventory inventory;
  private final InstantSource clock;
  private ObjectNode told = Json.object();

  Heartbeat(ApiClient client, NodeStatus status, InstantSource clock) {
    this.client = client;
    this.name = status.name();
    this.status = status;
    this.inventory = status.inventory();
    this.clock = clock;
  }

  /// @return the host's node, as it was
  /// @throws io.croft.model.StatusException when the appliance refuses
  /// @throws java.io.UncheckedIOException when it cannot be reached
  ApiObject beat() {
    Optional<HostEngine.Kubelet> kubelet = status.engine().kubelet();
    if (kubelet.filter(HostEngine.Kubelet::running).isEmpty()) {
      renewLease();
    }
    ApiObject node = client.get(FleetKinds.NODES, "", name);
    JsonNode before = node.json().path("status");
    if (kubelet.isPresent()) {
      // Conditions are merged by their types: those of the kubelet stay.
      status
          .patchBesides(kubelet.get().trouble(), before, clock.instant())
          .ifPresent(p -> patchNode(PatchType.STRATEGIC, p));
    } else {
      status.patch(before, clock.instant()).ifPresent(p -> patchNode(PatchType.MERGE, p));
    }
    tellInventory();
    return node;
  }

  private void renewLease() {
    ObjectNode lease = Json.object();
    lease
        .putObject("spec")
        .put("holderIdentity", name)
        .put("renewTime", MICROS.format(clock.instant()));
    client.patch(
        FleetKinds.LEASES, FleetKinds.LEASE_NAMESPACE, name, PatchType.MERGE, Json.bytes(lease));
  }

  private void patchNode(PatchType type, ObjectNode patch) {
    client.patchStatus(FleetKinds.NODES, "", name, type, Json.bytes(patch));
  }

  private void tellInventory() {
    ObjectNode now = inventory.read();
    if (Json.same(now, told)) {
      return;
    }
    ObjectNode patch = Json.object();
    ObjectNode inventory = patch.putObject("status").putObject("inventory").setAll(now);
    if (!inventory.has(CONTROL_PLANE)) {
      inventory.putNull(CONTROL_PLANE); // whoever had the name before may have had one
    }
    client.patchStatus(FleetKinds.MACHINES, "", name, PatchType.MERGE, Json.bytes(patch));
    told = now;
  }
}
