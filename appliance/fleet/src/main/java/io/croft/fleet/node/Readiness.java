package io.croft.fleet.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;

/// Whether a node is ready, as its condition and its taints say. The taints follow the condition,
/// as kube-controller-manager has it.
final class Readiness {
  static final String NOT_READY = "node.kubernetes.io/not-ready";
  static final String UNREACHABLE = "node.kubernetes.io/unreachable";
  private static final String READY = "Ready";

  /// What a host says of itself besides, and nobody knows when it is silent.
  private static final Set<String> TOLD =
      Set.of(FleetKinds.CONTROL_PLANE_READY, FleetKinds.COPY_CURRENT);

  private Readiness() {}

  /// `True`, `False` or `Unknown`; the latter too when the node has never said.
  static String of(ApiObject node) {
    for (JsonNode condition : node.json().path("status").path("conditions")) {
      if (condition.path("type").asText().equals(READY)) {
        return condition.path("status").asText("Unknown");
      }
    }
    return "Unknown";
  }

  /// Says of a node that it is not heard of.
  static ApiObject lost(ApiObject node, Instant now) {
    ApiObject changed = node.copy();
    ObjectNode status =
        changed.json().get("status") instanceof ObjectNode there
            ? there
            : changed.json().putObject("status");
    ArrayNode conditions = status.withArray("conditions");
    unknown(condition(conditions), now);
    for (JsonNode condition : conditions) {
      if (TOLD.contains(condition.path("type").asText())) {
        unknown((ObjectNode) condition, now);
      }
    }
    return changed;
  }

  private static void unknown(ObjectNode condition, Instant now) {
    condition
        .put("status", "Unknown")
        .put("reason", "NodeStatusUnknown")
        .put("message", "the host has not renewed its lease")
        .put("lastTransitionTime", now.truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private static ObjectNode condition(ArrayNode conditions) {
    for (JsonNode condition : conditions) {
      if (condition.path("type").asText().equals(READY)) {
        return (ObjectNode) condition;
      }
    }
    return conditions.addObject().put("type", READY);
  }

  /// The node with the taints that go with its condition.
  static ApiObject tainted(ApiObject node, Instant now) {
    ApiObject changed = node.copy();
    ObjectNode spec =
        changed.json().get("spec") instanceof ObjectNode there
            ? there
            : changed.json().putObject("spec");
    String wanted =
        switch (of(node)) {
          case "True" -> "";
          case "False" -> NOT_READY;
          default -> hasSpoken(node) ? UNREACHABLE : NOT_READY;
        };
    ArrayNode before = spec.withArray("taints").deepCopy();
    ArrayNode after = spec.putArray("taints");
    for (JsonNode taint : before) {
      String key = taint.path("key").asText();
      boolean ours = List.of(NOT_READY, UNREACHABLE).contains(key);
      if (!ours || key.equals(wanted)) {
        after.add(taint);
      }
    }
    for (String effect : List.of("NoSchedule", "NoExecute")) {
      boolean needed = !wanted.isEmpty() && (effect.equals("NoSchedule") || hasSpoken(node));
      if (needed && !has(after, wanted, effect)) {
        ObjectNode taint = after.addObject().put("key", wanted).put("effect", effect);
        if (effect.equals("NoExecute")) {
          taint.put("timeAdded", now.truncatedTo(ChronoUnit.SECONDS).toString());
        }
      }
    }
    if (after.isEmpty()) {
      spec.remove("taints");
    }
    return changed;
  }

  private static boolean hasSpoken(ApiObject node) {
    return !node.json().path("status").path("conditions").isEmpty();
  }

  private static boolean has(ArrayNode taints, String key, String effect) {
    for (JsonNode taint : taints) {
      if (taint.path("key").asText().equals(key) && taint.path("effect").asText().equals(effect)) {
        return true;
      }
    }
    return false;
  }
}
