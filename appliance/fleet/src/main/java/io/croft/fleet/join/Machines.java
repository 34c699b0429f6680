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
import java.util.Optional;

/// Whose the names of hosts are. Thread-safe.
final class Machines {
  private final ApiClient client;
  private final Certified certified;
  private final InstantSource clock;

  /// Takes back what a host was certified.
  @FunctionalInterface
  interface Certified {
    void revoke(String machine);
  }

  Machines(ApiClient client, Certified certified, InstantSource clock) {
    this.client = client;
    this.certified = certified;
    this.clock = clock;
  }

  Optional<ApiObject> find(String name) {
    return client.find(FleetKinds.MACHINES, "", name);
  }

  static String key(ApiObject machine) {
    return machine.json().path("spec").path("key").asText("");
  }

  /// @throws StatusException when the name is another key's
  void requireFree(String name, String key) {
    Optional<ApiObject> machine = find(name);
    if (machine.isEmpty()) {
      if (client.find(FleetKinds.NODES, "", name).isPresent()) {
        throw Refusal.NAME_TAKEN.because(
            "there is a node %s that did not join this way; take another name (--name)"
                .formatted(name));
      }
      return;
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

  /// Gives a name to a key; what the key before it was certified is taken back first.
  ///
  /// @throws StatusException when it is another's, or someone else was faster
  void claim(String name, String key, String role, String token) {
    requireFree(name, key);
    Optional<ApiObject> before = find(name);
    try {
      if (before.isEmpty()) {
        ObjectNode json =
            Json.object()
                .put("apiVersion", FleetKinds.GROUP + "/" + FleetKinds.VERSION)
                .put("kind", "Machine");
        json.putObject("spec").put("role", role).put("key", key).put("token", token);
        client.create(FleetKinds.MACHINES, ApiObject.of(json).setName(name));
      } else {
        ApiObject machine = before.get().copy();
        if (!key(machine).equals(key)) {
          certified.revoke(name);
        }
        ObjectNode spec = (ObjectNode) machine.json().path("spec");
        spec.put("role", role).put("key", key).put("token", token).remove("replaceBefore");
        client.update(FleetKinds.MACHINES, machine);
      }
    } catch (StatusException e) {
      int code = e.status().code();
      if (code == StatusReason.CONFLICT.code() || code == StatusReason.ALREADY_EXISTS.code()) {
        throw Refusal.NAME_TAKEN.because(
            "another host takes the name %s at this moment; try again".formatted(name));
      }
      throw e;
    }
  }
}
