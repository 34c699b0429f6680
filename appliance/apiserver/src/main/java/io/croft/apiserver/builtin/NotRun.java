package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;

/// Says on a new workload that nothing will come of it here. The conditions are those that a
/// scheduler and the kinds' own controllers set, so that they go away on a cluster that has these.
final class NotRun {
  private static final String MESSAGE =
      "This control plane stores workloads but does not run them: it has no scheduler, no"
          + " controllers of workloads and no nodes. A cluster with the k3s engine runs them.";

  private NotRun() {}

  static void pod(ApiObject pod) {
    say(pod, "PodScheduled", "False");
  }

  static void deployment(ApiObject deployment) {
    say(deployment, "Available", "False");
  }

  /// Of replica sets and replication controllers.
  static void replicas(ApiObject replicas) {
    say(replicas, "ReplicaFailure", "True");
  }

  private static void say(ApiObject object, String type, String status) {
    ObjectNode into =
        object.json().get("status") instanceof ObjectNode there
            ? there
            : object.json().putObject("status");
    into.putArray("conditions")
        .addObject()
        .put("type", type)
        .put("status", status)
        .put("lastTransitionTime", object.metadata().path("creationTimestamp").asText())
        .put("reason", "WorkloadsNotRun")
        .put("message", MESSAGE);
  }
}
