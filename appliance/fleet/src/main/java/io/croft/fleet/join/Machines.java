package io.croft.fleet.join;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/// Whose the names of hosts are. Thread-safe.
final class Machines {
  private final ApiClient client;
  private final InstantSource clock;

  Machines(ApiClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  Optional<ApiObject> find(String name) {
    return client.find(FleetKinds.MACHINES, "", name);
  }

  static String key(ApiObject machine) {
    return machine.json().path("spec").path("key").asText("");
  }

  static String role(ApiObject machine) {
    return machine.json().path("spec").path("role").asText("");
  }

  /// @return the machine that has the name now, which is of the same key or may be replaced; empty
  ///   when there is none
  /// @throws StatusException when the name is another key's
  Optional<ApiObject> requireFree(String name, String key) {
    Optional<ApiObject> machine = find(name);
    if (machine.isEmpty()) {
      if (client.find(FleetKinds.NODES, "", name).isPresent()) {
        throw Refusal.NAME_TAKEN.because(
            "there is a node %s that did not join this way; take another name (--name)"
                .formatted(name));
      }
      return machine;
    }
    if (machine.get().deletionTimestamp() != null) {
      throw Refusal.NAME_TAKEN.because(
          "the node %s is just being removed; try again".formatted(name));
    }
    if (!key(machine.get()).equals(key) && !isReplaceable(machine.get())) {
      throw Refusal.NAME_TAKEN.because(
          ("the name %s is taken by a host with another key. Take another name (--name), or, if"
                  + " this host replaces that one, allow it on the appliance: croft node approve"
                  + " --replace %s")
              .formatted(name, name));
    }
    return machine;
  }

  private boolean isReplaceable(ApiObject machine) {
    JsonNode until = machine.json().path("spec").path("replaceBefore");
    try {
      Instant end = OffsetDateTime.parse(until.asText("")).toInstant();
      return clock.instant().isBefore(end);
    } catch (DateTimeException e) {
      return false;
    }
  }

  /// Takes a name.
  ///
  /// @param before what [#requireFree] has found: nothing else is replaced
  /// @return false when it has changed since
  boolean claim(Claim claim, Optional<ApiObject> before) {
    try {
      if (before.isEmpty()) {
        create(claim);
      } else {
        take(claim, before.get());
      }
      return true;
    } catch (StatusException e) {
      int code = e.status().code();
      if (code == StatusReason.CONFLICT.code() || code == StatusReason.NOT_FOUND.code()) {
        return false; // the former is that of AlreadyExists, too
      }
      throw e;
    }
  }

  private void create(Claim claim) {
    ObjectNode json =
        Json.object()
            .put("apiVersion", FleetKinds.GROUP + "/" + FleetKinds.VERSION)
            .put("kind", "Machine");
    json.putObject("spec")
        .put("role", claim.role())
        .put("key", claim.key())
        .put("token", claim.token());
    client.create(
        FleetKinds.MACHINES,
        ApiObject.of(json).setName(claim.machine()).setFinalizers(List.of(FleetKinds.FINALIZER)));
  }

  private void take(Claim claim, ApiObject before) {
    ApiObject machine = before.copy();
    ObjectNode spec = (ObjectNode) machine.json().path("spec");
    spec.put("role", claim.role()).put("key", claim.key()).put("token", claim.token());
    spec.remove("replaceBefore");
    if (!key(before).equals(claim.key()) || !role(before).equals(claim.role())) {
      spec.remove("copyKey"); // that was for who it was
    }
    if (!key(before).equals(claim.key())) {
      var annotations = new HashMap<>(before.annotations());
      annotations.put(FleetKinds.REPLACED, "true");
      machine.setAnnotations(annotations);
      spec.remove("components"); // it is another host, which has none of that
    }
    if (!Json.same(machine.json(), before.json())) {
      client.update(FleetKinds.MACHINES, machine);
    }
  }
}
