package io.croft.apiserver.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.Statuses;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

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
    Set<JsonNode> tolerations = nodes(spec.at("tolerations"));
    if (!tolerations.containsAll(nodes(before.at("tolerations")))) {
      spec.at("tolerations")
          .forbidden("existing toleration can not be modified except its tolerationSeconds");
    }
    Set<JsonNode> gates = nodes(before.at("schedulingGates"));
    for (Field gate : spec.at("schedulingGates").items()) {
      if (!gates.contains(gate.node())) {
        spec.at("schedulingGates")
            .forbidden(
                "only deletion is allowed, but found new scheduling gate '"
                    + gate.at("name").text()
                    + "'");
      }
    }
    boolean gated = !before.at("schedulingGates").empty();
    if (!fixedPart(spec.node(), gated).equals(fixedPart(before.node(), gated))) {
      spec.forbidden(CHANGES);
    }
  }

  private static Set<JsonNode> nodes(Field list) {
    Set<JsonNode> nodes = new HashSet<>();
    list.node().forEach(nodes::add);
    return nodes;
  }

  /// Pods are placed by binding them, not by changing them.
  ///
  /// @throws io.croft.model.StatusException 422 when a change would place the pod
  public static void checkPlace(ApiObject object, ApiObject old) {
    JsonNode now = object.json().path("spec").path("nodeName");
    if (!now.equals(old.json().path("spec").path("nodeName"))) {
      throw Statuses.invalid(
          "", "Pod", object.name(), List.of(FieldError.forbidden("spec", CHANGES)));
    }
  }

  /// The parts that stay as they were made.
  ///
  /// @param gated whether the pod waits, so that where it may go can be narrowed
  private static JsonNode fixedPart(JsonNode spec, boolean gated) {
    ObjectNode fixed = spec.deepCopy();
    fixed.remove(
        List.of(
            "activeDeadlineSeconds",
            "tolerations",
            "ephemeralContainers",
            "nodeName",
            "schedulingGates"));
    if (fixed.path("terminationGracePeriodSeconds").asLong(0) <= 1) {
      fixed.remove("terminationGracePeriodSeconds");
    }
    if (gated) {
      fixed.remove(List.of("nodeSelector", "affinity"));
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
