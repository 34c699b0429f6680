package io.croft.fleet.node;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.proof.Role;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Gives each host that joined a `Node` and a `Lease`, which end with it. Before it goes, or after
/// another key took its name, takes back what it could log in and join with.
public final class MachineReconciler implements Reconciler {
  private static final String EDGE_LABEL = "node-role.kubernetes.io/edge";
  private static final Set<String> ROLE_LABELS = Set.of(FleetKinds.ROLE_LABEL, EDGE_LABEL);

  private final ApiClient client;
  private final Withdrawal withdrawal;
  private final Servers servers;

  /// Takes back what a host could log in and join with.
  @FunctionalInterface
  public interface Withdrawal {
    /// @param exceptKey whose right to join remains; empty for nobody's
    void of(String machine, String exceptKey);
  }

  /// @param servers told to every host
  public MachineReconciler(ApiClient client, Withdrawal withdrawal, Servers servers) {
    this.client = client;
    this.withdrawal = withdrawal;
    this.servers = servers;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = client.find(FleetKinds.MACHINES, "", request.name());
    if (found.isEmpty()) {
      return Result.DONE;
    }
    ApiObject machine = found.get();
    boolean held = machine.finalizers().contains(FleetKinds.FINALIZER);
    if (machine.deletionTimestamp() != null) {
      if (held) {
        withdrawal.of(machine.name(), "");
        client.update(FleetKinds.MACHINES, withFinalizer(machine, false));
      }
      return Result.DONE;
    }
    if (!held) {
      machine = client.update(FleetKinds.MACHINES, withFinalizer(machine, true));
    }
    if (machine.annotations().containsKey(FleetKinds.REPLACED)) {
      withdrawal.of(machine.name(), machine.json().path("spec").path("key").asText());
      machine = client.update(FleetKinds.MACHINES, withoutMark(machine));
    }
    Optional<ApiObject> node = ensure(FleetKinds.NODES, node(machine));
    if (node.isPresent()) {
      update(node.get(), machine);
    }
    ensure(FleetKinds.LEASES, lease(machine));
    return Result.DONE;
  }

  private static ApiObject withFinalizer(ApiObject machine, boolean held) {
    var finalizers = new ArrayList<>(machine.finalizers());
    finalizers.remove(FleetKinds.FINALIZER);
    if (held) {
      finalizers.add(FleetKinds.FINALIZER);
    }
    return machine.copy().setFinalizers(finalizers);
  }

  private static ApiObject withoutMark(ApiObject machine) {
    var annotations = new HashMap<>(machine.annotations());
    annotations.remove(FleetKinds.REPLACED);
    return machine.copy().setAnnotations(annotations);
  }

  /// @return what was there before
  private Optional<ApiObject> ensure(GroupVersionResource resource, ApiObject object) {
    Optional<ApiObject> found = client.find(resource, object.namespace(), object.name());
    if (found.isPresent()) {
      return found;
    }
    try {
      client.create(resource, object);
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.ALREADY_EXISTS.code()) {
        throw e;
      }
    }
    return Optional.empty();
  }

  /// Another host that took the name may have joined as something else, and there may be other
  /// servers.
  private void update(ApiObject before, ApiObject machine) {
    ApiObject node = before.copy();
    var labels = new HashMap<>(node.labels());
    if (!role(machine).equals(labels.get(FleetKinds.ROLE_LABEL))) {
      labels.keySet().removeAll(ROLE_LABELS);
      labels.putAll(roleLabels(machine));
      node.setLabels(labels);
    }
    var annotations = new HashMap<>(node.annotations());
    String urls = servers.urls();
    if (!urls.equals(annotations.getOrDefault(FleetKinds.SERVERS, ""))) {
      annotations.put(FleetKinds.SERVERS, urls);
      node.setAnnotations(annotations);
    }
    if (!Json.same(node.json(), before.json())) {
      client.update(FleetKinds.NODES, node);
    }
  }

  private static String role(ApiObject machine) {
    return machine.json().path("spec").path("role").asText();
  }

  /// `node-role.kubernetes.io/edge` is what edges have elsewhere, and kubectl shows it; agents have
  /// no such label, as workers have none.
  private static Map<String, String> roleLabels(ApiObject machine) {
    String role = role(machine);
    return role.equals(Role.EDGE.text())
        ? Map.of(FleetKinds.ROLE_LABEL, role, EDGE_LABEL, "")
        : Map.of(FleetKinds.ROLE_LABEL, role);
  }

  private static ApiObject node(ApiObject machine) {
    ObjectNode json = Json.object().put("apiVersion", "v1").put("kind", "Node");
    ObjectNode labels = json.putObject("metadata").put("name", machine.name()).putObject("labels");
    labels.put("kubernetes.io/hostname", machine.name());
    roleLabels(machine).forEach(labels::put);
    json.putObject("spec")
        .putArray("taints")
        .addObject()
        .put("key", Readiness.NOT_READY)
        .put("effect", "NoSchedule");
    return owned(json, machine);
  }

  private static ApiObject lease(ApiObject machine) {
    ObjectNode json =
        Json.object().put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
    json.putObject("metadata")
        .put("name", machine.name())
        .put("namespace", FleetKinds.LEASE_NAMESPACE);
    json.putObject("spec")
        .put("holderIdentity", machine.name())
        .put("leaseDurationSeconds", (int) NodeLifecycle.GRACE.toSeconds());
    return owned(json, machine);
  }

  private static ApiObject owned(ObjectNode json, ApiObject machine) {
    ((ObjectNode) json.path("metadata"))
        .putArray("ownerReferences")
        .addObject()
        .put("apiVersion", FleetKinds.GROUP + "/" + FleetKinds.VERSION)
        .put("kind", "Machine")
        .put("name", machine.name())
        .put("uid", machine.uid());
    return ApiObject.of(json);
  }

  /// Whose machine something is.
  public static List<Request> machineOf(ApiObject owned) {
    return owned.ownerReferences().stream()
        .filter(owner -> owner.kind().equals("Machine"))
        .map(owner -> new Request("", owner.name()))
        .toList();
  }
}
