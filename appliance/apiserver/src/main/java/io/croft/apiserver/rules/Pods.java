package io.croft.apiserver.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// Pods.
public final class Pods {
  private static final String CHANGES =
      "pod updates may not change fields other than `spec.containers[*].image`,"
          + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only"
          + " additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to"
          + " be set to 1 if it was previously negative)";

  private Pods() {}

  public static void pod(Field object) {
    PodSpecs.check(object.at("spec"));
  }

  public static void update(Field object, Field old) {
    Field spec = object.at("spec");
    Field before = old.at("spec");
    for (String containers : List.of("containers", "initContainers")) {
      if (spec.at(containers).node().size() != before.at(containers).node().size()) {
        spec.at(containers).forbidden("pod updates may not add or remove containers");
        return;
      }
    }
    Field deadline = spec.at("activeDeadlineSeconds");
    Field deadlineBefore = before.at("activeDeadlineSeconds");
    if (deadlineBefore.present() && !deadline.present()) {
      deadline.invalid("must not update from a positive integer to nil value");
    } else if (deadlineBefore.present() && deadline.number() > deadlineBefore.number()) {
      deadline.invalid("must be less than or equal to previous value");
    }
    for (JsonNode toleration : before.at("tolerations").node()) {
      if (spec.at("tolerations").items().stream().noneMatch(t -> t.node().equals(toleration))) {
        spec.at("tolerations")
            .forbidden("existing toleration can not be modified except its tolerationSeconds");
      }
    }
    if (!fixedPart(spec.node()).equals(fixedPart(before.node()))) {
      spec.forbidden(CHANGES);
    }
  }

  /// The parts that stay as they were made, the node apart, which binding sets.
  private static JsonNode fixedPart(JsonNode spec) {
    ObjectNode fixed = spec.deepCopy();
    fixed.remove(List.of("activeDeadlineSeconds", "tolerations", "ephemeralContainers"));
    if (fixed.path("terminationGracePeriodSeconds").asLong(0) <= 1) {
      fixed.remove("terminationGracePeriodSeconds");
    }
    // Gates may be taken away, and while there are some, places may be narrowed.
    if (!fixed.path("schedulingGates").isEmpty() || fixed.path("nodeName").isMissingNode()) {
      fixed.remove(List.of("schedulingGates", "nodeSelector", "nodeName"));
    }
    for (String containers : List.of("containers", "initContainers")) {
      for (JsonNode container : fixed.path(containers)) {
        if (container instanceof ObjectNode one) {
          one.remove("image");
        }
      }
    }
    return fixed;
  }
}
