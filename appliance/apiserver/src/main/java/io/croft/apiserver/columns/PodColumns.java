package io.croft.apiserver.columns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Column;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Columns of pods.
public final class PodColumns {
  private PodColumns() {}

  public static List<Column> pod() {
    return List.of(
        Column.NAME,
        Cells.text("Ready", "Ready containers of all.", PodColumns::ready),
        Cells.text("Status", "Where it stands, all containers considered.", PodColumns::status),
        Column.text(
            "Restarts", "How often its containers were started again.", PodColumns::restarts),
        Column.AGE,
        Cells.field("IP", "Its address.", "status.podIP", Cells.NONE).wide(),
        Cells.field("Node", "Where it runs.", "spec.nodeName", Cells.NONE).wide(),
        Cells.field(
                "Nominated Node", "Where it may run soon.", "status.nominatedNodeName", Cells.NONE)
            .wide(),
        Cells.text(
                "Readiness Gates", "Conditions met of those that it must meet.", PodColumns::gates)
            .wide());
  }

  private static String ready(ObjectNode pod) {
    int ready = 0;
    for (JsonNode container : Cells.at(pod, "status.containerStatuses")) {
      ready += container.path("ready").asBoolean(false) ? 1 : 0;
    }
    return ready + "/" + Cells.at(pod, "spec.containers").size();
  }

  private static String status(ObjectNode pod) {
    String reason = Cells.text(pod, "status.reason", Cells.text(pod, "status.phase", "Unknown"));
    for (JsonNode condition : Cells.at(pod, "status.conditions")) {
      if (condition.path("type").asText().equals("PodScheduled")
          && condition.path("reason").asText().equals("SchedulingGated")) {
        reason = "SchedulingGated";
      }
    }
    String starting = initializing(pod);
    if (!starting.isEmpty()) {
      reason = starting;
    } else {
      reason = ofContainers(pod, reason);
    }
    boolean going = pod.path("metadata").has("deletionTimestamp");
    if (going) {
      return Cells.text(pod, "status.reason", "").equals("NodeLost") ? "Unknown" : "Terminating";
    }
    return reason;
  }

  /// What an init container waits for; empty when all are done.
  private static String initializing(ObjectNode pod) {
    int done = 0;
    for (JsonNode container : Cells.at(pod, "status.initContainerStatuses")) {
      JsonNode state = container.path("state");
      boolean finished = state.path("terminated").path("exitCode").asInt(-1) == 0;
      if (finished || container.path("started").asBoolean(false)) {
        done++;
        continue;
      }
      String failed = Cells.text(state, "terminated.reason", "");
      if (!failed.isEmpty()) {
        return "Init:" + failed;
      }
      String waiting = Cells.text(state, "waiting.reason", "");
      if (!waiting.isEmpty() && !waiting.equals("PodInitializing")) {
        return "Init:" + waiting;
      }
      return "Init:" + done + "/" + Cells.at(pod, "spec.initContainers").size();
    }
    return "";
  }

  private static String ofContainers(ObjectNode pod, String before) {
    String reason = before;
    boolean running = false;
    for (JsonNode container : Cells.at(pod, "status.containerStatuses")) {
      JsonNode state = container.path("state");
      String waiting = Cells.text(state, "waiting.reason", "");
      String terminated = Cells.text(state, "terminated.reason", "");
      if (!waiting.isEmpty()) {
        reason = waiting;
      } else if (!terminated.isEmpty()) {
        reason = terminated;
      } else if (state.has("terminated")) {
        reason = "ExitCode:" + state.path("terminated").path("exitCode").asInt();
      } else if (state.has("running") && container.path("ready").asBoolean(false)) {
        running = true;
      }
    }
    return reason.equals("Completed") && running ? "Running" : reason;
  }

  private static String restarts(ObjectNode pod, Instant now) {
    long restarts = 0;
    Instant last = null;
    for (JsonNode container : Cells.at(pod, "status.containerStatuses")) {
      restarts += container.path("restartCount").asLong(0);
      Instant ended = Cells.time(container, "lastState.terminated.finishedAt");
      last = ended != null && (last == null || ended.isAfter(last)) ? ended : last;
    }
    return restarts > 0 && last != null
        ? restarts + " (" + Column.since(last, now) + " ago)"
        : Long.toString(restarts);
  }

  private static String gates(ObjectNode pod) {
    JsonNode gates = Cells.at(pod, "spec.readinessGates");
    if (gates.isEmpty()) {
      return Cells.NONE;
    }
    Set<JsonNode> fulfilled = new HashSet<>();
    for (JsonNode condition : Cells.at(pod, "status.conditions")) {
      if (condition.path("status").asText().equals("True")) {
        fulfilled.add(condition.path("type"));
      }
    }
    int met = 0;
    for (JsonNode gate : gates) {
      met += fulfilled.contains(gate.path("conditionType")) ? 1 : 0;
    }
    return met + "/" + gates.size();
  }
}
