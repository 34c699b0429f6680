package io.croft.apiserver.defaults;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// Defaults of what makes pods.
public final class WorkloadDefaults {
  private static final String SHARE = "25%";
  private static final int HISTORY = 10;

  private WorkloadDefaults() {}

  public static void deployment(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.number(spec, "replicas", 1);
    Fill.number(spec, "revisionHistoryLimit", HISTORY);
    Fill.number(spec, "progressDeadlineSeconds", 600);
    ObjectNode strategy = Fill.object(spec, "strategy");
    Fill.text(strategy, "type", "RollingUpdate");
    if (strategy.path("type").asText().equals("RollingUpdate")) {
      ObjectNode rolling = Fill.object(strategy, "rollingUpdate");
      Fill.share(rolling, "maxUnavailable", SHARE);
      Fill.share(rolling, "maxSurge", SHARE);
    }
    PodDefaults.template(spec);
  }

  public static void replicaSet(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.number(spec, "replicas", 1);
    PodDefaults.template(spec);
  }

  public static void replicationController(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.number(spec, "replicas", 1);
    ObjectNode labels = Fill.existing(spec, "template", "metadata", "labels");
    if (spec.path("selector").isEmpty() && !labels.isEmpty()) {
      spec.set("selector", labels.deepCopy());
    }
    labelsOfTemplate(object, labels);
    PodDefaults.template(spec);
  }

  private static void labelsOfTemplate(ObjectNode object, ObjectNode labels) {
    ObjectNode metadata = Fill.object(object, "metadata");
    if (metadata.path("labels").isEmpty() && !labels.isEmpty()) {
      metadata.set("labels", labels.deepCopy());
    }
  }

  public static void statefulSet(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.number(spec, "replicas", 1);
    Fill.number(spec, "revisionHistoryLimit", HISTORY);
    Fill.text(spec, "podManagementPolicy", "OrderedReady");
    ObjectNode strategy = Fill.object(spec, "updateStrategy");
    Fill.text(strategy, "type", "RollingUpdate");
    if (strategy.path("type").asText().equals("RollingUpdate")) {
      Fill.number(Fill.object(strategy, "rollingUpdate"), "partition", 0);
    }
    ObjectNode retention = Fill.object(spec, "persistentVolumeClaimRetentionPolicy");
    Fill.text(retention, "whenDeleted", "Retain");
    Fill.text(retention, "whenScaled", "Retain");
    for (ObjectNode claim : Fill.items(spec, "volumeClaimTemplates")) {
      claim.put("apiVersion", "v1").put("kind", "PersistentVolumeClaim");
      StorageDefaults.claim(claim);
    }
    PodDefaults.template(spec);
  }

  public static void daemonSet(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.number(spec, "revisionHistoryLimit", HISTORY);
    ObjectNode strategy = Fill.object(spec, "updateStrategy");
    Fill.text(strategy, "type", "RollingUpdate");
    if (strategy.path("type").asText().equals("RollingUpdate")) {
      ObjectNode rolling = Fill.object(strategy, "rollingUpdate");
      Fill.number(rolling, "maxUnavailable", 1);
      Fill.number(rolling, "maxSurge", 0);
    }
    PodDefaults.template(spec);
  }

  public static void job(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    if (!spec.has("completions") && !spec.has("parallelism")) {
      spec.put("completions", 1);
    }
    Fill.number(spec, "parallelism", 1);
    Fill.number(spec, "backoffLimit", spec.has("backoffLimitPerIndex") ? Integer.MAX_VALUE : 6);
    Fill.text(spec, "completionMode", "NonIndexed");
    Fill.flag(spec, "suspend", false);
    Fill.flag(spec, "manualSelector", false);
    Fill.text(
        spec,
        "podReplacementPolicy",
        spec.has("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
    labelsOfTemplate(object, Fill.existing(spec, "template", "metadata", "labels"));
    PodDefaults.template(spec);
  }

  public static void cronJob(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.text(spec, "concurrencyPolicy", "Allow");
    Fill.flag(spec, "suspend", false);
    Fill.number(spec, "successfulJobsHistoryLimit", 3);
    Fill.number(spec, "failedJobsHistoryLimit", 1);
    if (spec.path("jobTemplate").get("spec") instanceof ObjectNode job) {
      PodDefaults.template(job);
    }
  }

  public static void priorityClass(ObjectNode object) {
    Fill.text(object, "preemptionPolicy", "PreemptLowerPriority");
    Fill.number(object, "value", 0);
  }

  /// `autoscaling/v2`.
  public static void autoscaler(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.number(spec, "minReplicas", 1);
    if (spec.path("metrics").isEmpty()) {
      ObjectNode metric = spec.putArray("metrics").addObject().put("type", "Resource");
      metric
          .putObject("resource")
          .put("name", "cpu")
          .putObject("target")
          .put("type", "Utilization")
          .put("averageUtilization", 80);
    }
    if (spec.get("behavior") instanceof ObjectNode behavior) {
      scaleUp(Fill.object(behavior, "scaleUp"));
      scaleDown(Fill.object(behavior, "scaleDown"));
    }
  }

  private static void scaleUp(ObjectNode rules) {
    Fill.number(rules, "stabilizationWindowSeconds", 0);
    Fill.text(rules, "selectPolicy", "Max");
    if (!rules.has("policies")) {
      var policies = rules.putArray("policies");
      policies.addObject().put("type", "Pods").put("value", 4).put("periodSeconds", 15);
      policies.addObject().put("type", "Percent").put("value", 100).put("periodSeconds", 15);
    }
  }

  private static void scaleDown(ObjectNode rules) {
    Fill.text(rules, "selectPolicy", "Max");
    if (!rules.has("policies")) {
      rules
          .putArray("policies")
          .addObject()
          .put("type", "Percent")
          .put("value", 100)
          .put("periodSeconds", 15);
    }
  }

  /// `autoscaling/v1`.
  public static void olderAutoscaler(ObjectNode object) {
    Fill.number(Fill.object(object, "spec"), "minReplicas", 1);
  }

  /// Containers are limited by what is allowed at most, and ask for what they are limited to.
  public static void limitRange(ObjectNode object) {
    for (ObjectNode limit : Fill.items(Fill.object(object, "spec"), "limits")) {
      if (limit.path("type").asText().equals("Container")) {
        ObjectNode limits = Fill.object(limit, "default");
        ObjectNode requests = Fill.object(limit, "defaultRequest");
        copyAbsent(Fill.existing(limit, "max"), limits);
        copyAbsent(limits, requests);
        copyAbsent(Fill.existing(limit, "min"), requests);
        limit.properties().removeIf(e -> e.getValue().isEmpty() && e.getValue().isObject());
      }
    }
  }

  private static void copyAbsent(ObjectNode from, ObjectNode to) {
    for (var entry : from.properties()) {
      if (!to.has(entry.getKey())) {
        to.set(entry.getKey(), entry.getValue());
      }
    }
  }

  public static void node(ObjectNode object) {
    ObjectNode status = Fill.existing(object, "status");
    if (status.path("allocatable").isEmpty() && !status.path("capacity").isEmpty()) {
      status.set("allocatable", status.path("capacity").deepCopy());
    }
  }
}
