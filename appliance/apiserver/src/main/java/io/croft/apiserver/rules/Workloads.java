package io.croft.apiserver.rules;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Names;
import java.util.List;
import java.util.Set;

/// Deployments, replica sets, replication controllers, stateful sets and daemon sets.
public final class Workloads {
  private static final Set<String> ALWAYS = Set.of("Always");
  private static final List<String> STATEFUL_SET_CHANGES =
      List.of(
          "replicas",
          "ordinals",
          "template",
          "updateStrategy",
          "revisionHistoryLimit",
          "persistentVolumeClaimRetentionPolicy",
          "minReadySeconds");

  private Workloads() {}

  public static void deployment(Field object) {
    Field spec = object.at("spec");
    common(spec, "deployment", "Deployment");
    spec.at("revisionHistoryLimit").nonNegative();
    Field deadline = spec.at("progressDeadlineSeconds");
    deadline.nonNegative();
    if (deadline.present() && deadline.number() <= spec.at("minReadySeconds").number()) {
      deadline.invalid("must be greater than minReadySeconds");
    }
    deploymentStrategy(spec.at("strategy"));
  }

  private static void deploymentStrategy(Field strategy) {
    Field rolling = strategy.at("rollingUpdate");
    switch (strategy.at("type").text()) {
      case "Recreate" ->
          rolling.mustBeAbsent("may not be specified when strategy `type` is 'Recreate'");
      case "RollingUpdate" -> {
        if (!rolling.present()) {
          rolling.required("this should be defaulted and never be nil");
          return;
        }
        rollingUpdate(rolling);
        if (rolling.at("maxUnavailable").isZeroShare() && rolling.at("maxSurge").isZeroShare()) {
          rolling.at("maxUnavailable").invalid("may not be 0 when `maxSurge` is 0");
        }
      }
      default -> strategy.at("type").oneOf("Recreate", "RollingUpdate");
    }
  }

  private static void rollingUpdate(Field rolling) {
    rolling.at("maxUnavailable").countOrPercent();
    rolling.at("maxUnavailable").atMostAll();
    rolling.at("maxSurge").countOrPercent();
  }

  public static void replicaSet(Field object) {
    common(object.at("spec"), "deployment", "ReplicaSet");
  }

  public static void replicationController(Field object) {
    Field spec = object.at("spec");
    spec.at("minReadySeconds").nonNegative();
    spec.at("replicas").nonNegative();
    Field selector = spec.at("selector");
    if (selector.need()) {
      Labels.check(selector);
    }
    if (spec.at("template").need()) {
      PodSpecs.template(spec.at("template"), ALWAYS);
      Field labels = spec.at("template", "metadata", "labels");
      boolean found =
          selector.node().properties().stream()
              .allMatch(l -> labels.key(l.getKey()).text().equals(l.getValue().asText("")));
      if (!found) {
        labels.invalid(labels.node(), "`selector` does not match template `labels`");
      }
    }
  }

  public static void statefulSet(Field object) {
    Field spec = object.at("spec");
    common(spec, "statefulset", "StatefulSet");
    spec.at("podManagementPolicy").need();
    if (!List.of("", "OrderedReady", "Parallel").contains(spec.at("podManagementPolicy").text())) {
      spec.at("podManagementPolicy").invalid("must be 'OrderedReady' or 'Parallel'");
    }
    Field strategy = spec.at("updateStrategy");
    Field rolling = strategy.at("rollingUpdate");
    switch (strategy.at("type").text()) {
      case "" -> strategy.at("type").required("");
      case "OnDelete" -> {
        if (rolling.present()) {
          rolling.invalid("only allowed for updateStrategy 'RollingUpdate'");
        }
      }
      case "RollingUpdate" -> {
        rolling.at("partition").nonNegative();
        rolling.at("maxUnavailable").countOrPercent();
        rolling.at("maxUnavailable").atMostAll();
        if (rolling.at("maxUnavailable").isZeroShare()) {
          rolling.at("maxUnavailable").invalid("cannot be 0");
        }
      }
      default -> strategy.invalid("must be 'RollingUpdate' or 'OnDelete'");
    }
    spec.at("revisionHistoryLimit").nonNegative();
    spec.at("ordinals", "start").nonNegative();
    for (String turn : List.of("whenDeleted", "whenScaled")) {
      spec.at("persistentVolumeClaimRetentionPolicy", turn).oneOf("Retain", "Delete");
    }
    for (Field claim : spec.at("volumeClaimTemplates").items()) {
      VolumeClaims.spec(claim.at("spec"));
    }
  }

  public static void statefulSetUpdate(Field object, Field old) {
    ObjectNode fixed = old.at("spec").node().deepCopy();
    ObjectNode wanted = object.at("spec").node().deepCopy();
    fixed.remove(STATEFUL_SET_CHANGES);
    wanted.remove(STATEFUL_SET_CHANGES);
    if (!fixed.equals(wanted)) {
      object
          .at("spec")
          .forbidden(
              "updates to statefulset spec for fields other than 'replicas', 'ordinals',"
                  + " 'template', 'updateStrategy', 'revisionHistoryLimit',"
                  + " 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
    }
  }

  public static void daemonSet(Field object) {
    Field spec = object.at("spec");
    common(spec, "daemonset", "DaemonSet");
    spec.at("revisionHistoryLimit").nonNegative();
    Field strategy = spec.at("updateStrategy");
    Field rolling = strategy.at("rollingUpdate");
    switch (strategy.at("type").text()) {
      case "OnDelete" -> {}
      case "RollingUpdate" -> {
        rolling.need();
        rollingUpdate(rolling);
        boolean noSurge = rolling.at("maxSurge").isZeroShare() || !rolling.at("maxSurge").present();
        boolean noGap = rolling.at("maxUnavailable").isZeroShare();
        if (noSurge && noGap) {
          rolling.at("maxUnavailable").required("cannot be 0 when maxSurge is 0");
        } else if (!noSurge && !noGap) {
          rolling.at("maxSurge").invalid("may not be set when maxUnavailable is non-zero");
        }
      }
      default -> strategy.at("type").oneOf("RollingUpdate", "OnDelete");
    }
  }

  /// Deployments, replica sets and daemon sets keep the selector that they were made with.
  public static void selectorStays(Field object, Field old) {
    object.at("spec", "selector").unchanged(old.at("spec", "selector"));
  }

  private static void common(Field spec, String owner, String kind) {
    spec.at("replicas").nonNegative();
    spec.at("minReadySeconds").nonNegative();
    Labels.workloadSelector(spec, owner);
    Field template = spec.at("template");
    if (!template.present()) {
      template.required("");
      return;
    }
    PodSpecs.template(template, ALWAYS);
    template
        .at("spec", "activeDeadlineSeconds")
        .mustBeAbsent("activeDeadlineSeconds in " + kind + " is not Supported");
  }

  public static void podTemplate(Field object) {
    PodSpecs.template(object.at("template"), Set.of());
  }

  public static void controllerRevision(Field object) {
    object.at("revision").nonNegative();
    if (!object.at("data").present()) {
      object.at("data").required("data is mandatory");
    }
  }

  public static void controllerRevisionUpdate(Field object, Field old) {
    object.at("data").unchanged(old.at("data"));
  }

  public static void podDisruptionBudget(Field object) {
    Field spec = object.at("spec");
    Field least = spec.at("minAvailable");
    Field most = spec.at("maxUnavailable");
    if (least.present() && most.present()) {
      spec.invalid("minAvailable and maxUnavailable cannot be both set");
    }
    for (Field share : List.of(least, most)) {
      share.countOrPercent();
      share.atMostAll();
    }
    Labels.selector(spec.at("selector"));
    spec.at("unhealthyPodEvictionPolicy").oneOf("AlwaysAllow", "IfHealthyBudget");
  }

  public static void priorityClass(Field object) {
    String name = object.at("metadata", "name").text();
    long value = object.at("value").number();
    boolean system = name.equals("system-node-critical") || name.equals("system-cluster-critical");
    if (name.startsWith("system-") && !system) {
      object
          .at("metadata", "name")
          .forbidden("priority class names with 'system-' prefix are reserved for system use only");
    } else if (!system && value > 1_000_000_000) {
      object
          .at("value")
          .forbidden("maximum allowed value of a user defined priority is 1000000000");
    }
    object.at("preemptionPolicy").oneOf("Never", "PreemptLowerPriority");
  }

  public static void priorityClassUpdate(Field object, Field old) {
    for (String field : List.of("value", "preemptionPolicy")) {
      if (!object.at(field).same(old.at(field))) {
        object.at(field).forbidden("may not be changed in an update.");
      }
    }
  }

  public static void runtimeClass(Field object) {
    if (object.at("handler").need()) {
      Names.dns1123Label(object.at("handler").text()).forEach(object.at("handler")::invalid);
    }
    object.at("overhead", "podFixed").values().forEach(Field::nonNegativeAmount);
  }

  public static void runtimeClassUpdate(Field object, Field old) {
    object.at("handler").unchanged(old.at("handler"));
  }
}
