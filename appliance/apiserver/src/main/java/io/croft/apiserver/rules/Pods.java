package io.croft.apiserver.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Pods, and what may change of one.
public final class Pods {
  private static final String CHANGES =
      "pod updates may not change fields other than `spec.containers[*].image`,"
          + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only"
          + " additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to"
          + " be set to 1 if it was previously negative)";

  /// On a pod that a kubelet has made by itself, of a file on its node.
  private static final String MIRROR = "kubernetes.io/config.mirror";

  private Pods() {}

  public static void pod(Field object) {
    PodSpecs.check(object.at("spec"));
  }

  /// A change of the pod itself.
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
    if (!tolerations(spec).containsAll(tolerations(before))) {
      spec.at("tolerations")
          .forbidden("existing toleration can not be modified except its tolerationSeconds");
    }
    Set<JsonNode> gates = new HashSet<>();
    before.at("schedulingGates").node().forEach(gates::add);
    for (Field gate : spec.at("schedulingGates").items()) {
      if (!gates.contains(gate.node())) {
        spec.at("schedulingGates")
            .forbidden(
                "only deletion is allowed, but found new scheduling gate '"
                    + gate.at("name").text()
                    + "'");
      }
    }
    boolean gated = !gates.isEmpty();
    if (gated) {
      narrowed(spec, before);
    }
    Field grace = spec.at("terminationGracePeriodSeconds");
    boolean mended = before.at("terminationGracePeriodSeconds").number() < 0 && grace.number() == 1;
    if (!Json.same(
        fixedPart(spec.node(), gated, mended), fixedPart(before.node(), gated, mended))) {
      spec.forbidden(CHANGES);
    }
  }

  /// For how long something is tolerated may change.
  private static Set<JsonNode> tolerations(Field spec) {
    Set<JsonNode> tolerations = new HashSet<>();
    for (JsonNode toleration : spec.at("tolerations").node()) {
      JsonNode copy = toleration.deepCopy();
      if (copy instanceof ObjectNode object) {
        object.remove("tolerationSeconds");
      }
      tolerations.add(copy);
    }
    return tolerations;
  }

  /// A pod that waits may be kept to fewer nodes than before, but not let to others.
  private static void narrowed(Field spec, Field before) {
    Field selector = spec.at("nodeSelector");
    for (var entry : before.at("nodeSelector").node().properties()) {
      if (!entry.getValue().equals(selector.node().path(entry.getKey()))) {
        selector.invalid(
            "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
        break;
      }
    }
    String[] required = {
      "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    };
    Field terms = spec.at(required).at("nodeSelectorTerms");
    Field termsBefore = before.at(required).at("nodeSelectorTerms");
    if (termsBefore.empty()) {
      return;
    }
    if (terms.node().size() != termsBefore.node().size()) {
      terms.invalid("no additions/deletions to non-empty NodeSelectorTerms list are allowed");
      return;
    }
    for (int i = 0; i < terms.node().size(); i++) {
      if (!onlyAdds(terms.item(i), termsBefore.item(i))) {
        terms.item(i).invalid("only additions are allowed (no mutations or deletions)");
      }
    }
  }

  /// A term without expressions matches nothing: one that has some then would match more.
  private static boolean onlyAdds(Field term, Field before) {
    boolean matchedNothing =
        before.at("matchExpressions").empty() && before.at("matchFields").empty();
    boolean matches = !term.at("matchExpressions").empty() || !term.at("matchFields").empty();
    return !(matchedNothing && matches)
        && beginsWith(term.at("matchExpressions").node(), before.at("matchExpressions").node())
        && beginsWith(term.at("matchFields").node(), before.at("matchFields").node());
  }

  private static boolean beginsWith(JsonNode list, JsonNode start) {
    for (int i = 0; i < start.size(); i++) {
      if (!Json.same(start.get(i), list.path(i))) {
        return false;
      }
    }
    return true;
  }

  /// The parts that stay as they were made.
  ///
  /// @param gated whether the pod waits, so that where it may go can be narrowed
  /// @param mended whether a time to end that could not be is one now
  private static JsonNode fixedPart(JsonNode spec, boolean gated, boolean mended) {
    ObjectNode fixed = spec.deepCopy();
    fixed.remove(List.of("activeDeadlineSeconds", "tolerations", "schedulingGates"));
    if (mended) {
      fixed.remove("terminationGracePeriodSeconds");
    }
    if (gated) {
      fixed.remove("nodeSelector");
      if (fixed.get("affinity") instanceof ObjectNode affinity) {
        affinity.remove("nodeAffinity");
        if (affinity.isEmpty()) {
          fixed.remove("affinity");
        }
      }
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

  /// A change through `status`.
  public static void status(Field object, Field old) {
    object.at("status", "qosClass").unchanged(old.at("status", "qosClass"));
  }

  /// A change through `ephemeralcontainers`: what was added stays.
  public static void addContainers(Field object, Field old) {
    if (isMirror(old)) {
      object.forbidden("static pods do not support ephemeral containers");
      return;
    }
    Field list = object.at("spec", "ephemeralContainers");
    for (Field before : old.at("spec", "ephemeralContainers").items()) {
      String name = before.at("name").text();
      List<Field> same =
          list.items().stream().filter(c -> c.at("name").text().equals(name)).toList();
      if (same.isEmpty()) {
        list.forbidden("existing ephemeral containers \"" + name + "\" may not be removed");
      } else if (!same.getFirst().same(before)) {
        list.forbidden("existing ephemeral containers \"" + name + "\" may not be changed");
      }
    }
  }

  private static boolean isMirror(Field pod) {
    return pod.at("metadata", "annotations").node().has(MIRROR);
  }

  /// A change through `resize`: how much processor time and memory containers get.
  public static void resize(Field object, Field old) {
    Field spec = object.at("spec");
    Field before = old.at("spec");
    String never = neverResized(spec, before, old);
    if (!never.isEmpty()) {
      object.forbidden(never);
      return;
    }
    String quality = old.at("status", "qosClass").text();
    if (quality.isEmpty()) {
      quality = QualityOfService.of(before.node());
    }
    if (!quality.equals(QualityOfService.of(spec.node()))) {
      spec.invalid(
          object.at("status", "qosClass").text(),
          "Pod QOS Class may not change as a result of resizing");
    }
    if (!isResizable(old)) {
      spec.forbidden("Pod running on node without support for resize");
    }
    boolean same = sameContainers(spec, before, "containers");
    if (sameContainers(spec, before, "initContainers") && same) {
      resizedContainers(spec, before);
    }
  }

  private static String neverResized(Field spec, Field before, Field old) {
    if (asksAsAWhole(spec) || asksAsAWhole(before)) {
      return "pods with pod-level resources cannot be resized";
    }
    if (isMirror(old)) {
      return "static pods cannot be resized";
    }
    return before.at("os", "name").text().equals("windows") ? "windows pods cannot be resized" : "";
  }

  private static boolean asksAsAWhole(Field spec) {
    return !spec.at("resources", "requests").empty() || !spec.at("resources", "limits").empty();
  }

  /// A kubelet that can resize tells what its containers have got.
  private static boolean isResizable(Field pod) {
    for (Field container : pod.at("status", "containerStatuses").items()) {
      if (container.at("state", "running").present()) {
        return container.at("resources").present();
      }
    }
    return true;
  }

  private static boolean sameContainers(Field spec, Field before, String list) {
    if (spec.at(list).node().size() != before.at(list).node().size()) {
      spec.at(list).forbidden(list + " may not be added or removed on resize");
      return false;
    }
    boolean same = true;
    for (int i = 0; i < before.at(list).node().size(); i++) {
      Field name = spec.at(list).item(i).at("name");
      if (!name.same(before.at(list).item(i).at("name"))) {
        name.forbidden(list + " may not be renamed or reordered on resize");
        same = false;
      }
    }
    return same;
  }

  private static void resizedContainers(Field spec, Field before) {
    Field init = spec.at("initContainers");
    for (int i = 0; i < init.node().size(); i++) {
      Field was = before.at("initContainers").item(i);
      if (init.item(i).at("restartPolicy").text().equals("Always")) {
        resized(
            spec,
            init.item(i),
            was,
            "only cpu and memory resources for sidecar containers are mutable");
      } else if (!init.item(i).same(was)) {
        spec.forbidden("resources for non-sidecar init containers are immutable");
      }
    }
    Field containers = spec.at("containers");
    for (int i = 0; i < containers.node().size(); i++) {
      resized(
          spec,
          containers.item(i),
          before.at("containers").item(i),
          "only cpu and memory resources are mutable");
    }
  }

  private static void resized(Field spec, Field container, Field before, String otherwise) {
    for (String part : List.of("requests", "limits")) {
      Field amounts = container.at("resources", part);
      for (var had : before.at("resources", part).node().properties()) {
        if (!amounts.node().has(had.getKey())) {
          amounts.forbidden("resource " + part + " cannot be removed");
          break;
        }
      }
    }
    if (!Json.same(withoutAmounts(container.node()), withoutAmounts(before.node()))) {
      spec.forbidden(otherwise);
    }
  }

  private static JsonNode withoutAmounts(JsonNode container) {
    JsonNode rest = container.deepCopy();
    if (rest.get("resources") instanceof ObjectNode resources) {
      for (String part : List.of("requests", "limits")) {
        if (resources.get(part) instanceof ObjectNode amounts) {
          amounts.remove(List.of("cpu", "memory"));
          if (amounts.isEmpty()) {
            resources.remove(part);
          }
        }
      }
      if (resources.isEmpty() && rest instanceof ObjectNode object) {
        object.remove("resources");
      }
    }
    return rest;
  }
}
