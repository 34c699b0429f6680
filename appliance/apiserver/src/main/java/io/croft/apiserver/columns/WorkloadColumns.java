package io.croft.apiserver.columns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.HumanDuration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Columns of what makes pods, and of what scales and protects it.
public final class WorkloadColumns {
  private static final String TEMPLATE = "spec.template.spec";
  private static final String SELECTOR = "spec.selector";

  private WorkloadColumns() {}

  public static List<Column> deployment() {
    return withContainers(
        SELECTOR,
        Column.NAME,
        ready("spec.replicas", "status.readyReplicas"),
        Cells.number("Up-to-date", "Pods of the wanted template.", "status.updatedReplicas"),
        Cells.number(
            "Available", "Pods that have been ready for long enough.", "status.availableReplicas"),
        Column.AGE);
  }

  private static Column ready(String wanted, String ready) {
    return Cells.text(
        "Ready",
        "Ready pods of those wanted.",
        o -> Cells.at(o, ready).asLong(0) + "/" + Cells.at(o, wanted).asLong(0));
  }

  /// Replica sets and replication controllers.
  public static List<Column> replicas() {
    return withContainers(
        SELECTOR,
        Column.NAME,
        Cells.number("Desired", "How many pods are wanted.", "spec.replicas"),
        Cells.number("Current", "How many pods there are.", "status.replicas"),
        Cells.number("Ready", "How many pods are ready.", "status.readyReplicas"),
        Column.AGE);
  }

  public static List<Column> statefulSet() {
    var columns =
        new ArrayList<>(
            List.of(Column.NAME, ready("spec.replicas", "status.readyReplicas"), Column.AGE));
    columns.addAll(Cells.containers(TEMPLATE));
    return columns;
  }

  public static List<Column> daemonSet() {
    return withContainers(
        SELECTOR,
        Column.NAME,
        Cells.number("Desired", "Nodes that should have a pod.", "status.desiredNumberScheduled"),
        Cells.number("Current", "Nodes that have one.", "status.currentNumberScheduled"),
        Cells.number("Ready", "Nodes whose pod is ready.", "status.numberReady"),
        Cells.number(
            "Up-to-date",
            "Nodes with a pod of the wanted template.",
            "status.updatedNumberScheduled"),
        Cells.number("Available", "Nodes whose pod is available.", "status.numberAvailable"),
        Cells.text(
            "Node Selector",
            "Which nodes get a pod.",
            o -> Cells.labels(Cells.at(o, TEMPLATE + ".nodeSelector"))),
        Column.AGE);
  }

  public static List<Column> job() {
    return withContainers(
        SELECTOR,
        Column.NAME,
        Cells.text("Status", "Where it stands.", WorkloadColumns::jobStatus),
        Cells.text(
            "Completions",
            "Pods that have succeeded, of those that must.",
            WorkloadColumns::completions),
        Column.text("Duration", "How long it has run.", WorkloadColumns::jobDuration),
        Column.AGE);
  }

  private static boolean condition(JsonNode object, String type) {
    for (JsonNode condition : object.path("status").path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  private static String jobStatus(ObjectNode job) {
    for (String decided :
        List.of("Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet")) {
      if (condition(job, decided)) {
        return decided;
      }
    }
    return job.path("metadata").has("deletionTimestamp") ? "Terminating" : "Running";
  }

  private static String completions(ObjectNode job) {
    long succeeded = Cells.at(job, "status.succeeded").asLong(0);
    JsonNode wanted = Cells.at(job, "spec.completions");
    if (!wanted.isMissingNode()) {
      return succeeded + "/" + wanted.asLong();
    }
    long parallelism = Cells.at(job, "spec.parallelism").asLong(0);
    return succeeded + "/1" + (parallelism > 1 ? " of " + parallelism : "");
  }

  private static String jobDuration(ObjectNode job, Instant now) {
    Instant start = Cells.time(job, "status.startTime");
    Instant end = Cells.time(job, "status.completionTime");
    return start == null
        ? ""
        : HumanDuration.format(Duration.between(start, end == null ? now : end));
  }

  public static List<Column> cronJob() {
    var columns =
        new ArrayList<>(
            List.of(
                Column.NAME,
                Cells.field("Schedule", "When it runs.", "spec.schedule"),
                Cells.field("Timezone", "By which clock.", "spec.timeZone", Cells.NONE),
                Cells.text(
                    "Suspend",
                    "Whether it rests.",
                    o -> Cells.at(o, "spec.suspend").asBoolean(false) ? "True" : "False"),
                Cells.number(
                    "Active", "Jobs that run.", o -> (long) Cells.at(o, "status.active").size()),
                Column.text(
                    "Last Schedule",
                    "When it ran last.",
                    (o, now) -> {
                      Instant last = Cells.time(o, "status.lastScheduleTime");
                      return last == null ? Cells.NONE : Column.since(last, now);
                    }),
                Column.AGE));
    columns.addAll(Cells.containers("spec.jobTemplate.spec.template.spec"));
    columns.add(Cells.selectorColumn("spec.jobTemplate.spec.selector"));
    return columns;
  }

  private static List<Column> withContainers(String selector, Column... first) {
    var columns = new ArrayList<>(List.of(first));
    columns.addAll(Cells.containers(TEMPLATE));
    columns.add(
        Cells.text(
                "Selector",
                "Which pods belong to it.",
                o -> {
                  JsonNode value = Cells.at(o, selector);
                  boolean plain = !value.has("matchLabels") && !value.has("matchExpressions");
                  return plain ? Cells.labels(value) : Cells.selector(value);
                })
            .wide());
    return columns;
  }

  public static List<Column> podTemplate() {
    return List.of(
        Column.NAME,
        Cells.text(
            "Containers",
            "Names of each container in the template.",
            o -> String.join(",", Cells.each(Cells.at(o, "template.spec.containers"), "name"))),
        Cells.text(
            "Images",
            "Images referenced by each container in the template.",
            o -> String.join(",", Cells.each(Cells.at(o, "template.spec.containers"), "image"))),
        Cells.text(
            "Pod Labels",
            "The labels for the pod template.",
            o -> Cells.labels(Cells.at(o, "template.metadata.labels"))));
  }

  public static List<Column> controllerRevision() {
    return List.of(
        Column.NAME,
        Cells.text(
            "Controller",
            "Who keeps it.",
            o -> {
              for (JsonNode owner : o.path("metadata").path("ownerReferences")) {
                if (owner.path("controller").asBoolean(false)) {
                  return owner.path("kind").asText().toLowerCase(Locale.ROOT)
                      + "/"
                      + owner.path("name").asText();
                }
              }
              return Cells.NONE;
            }),
        Cells.number("Revision", "Which revision it is.", "revision"),
        Column.AGE);
  }

  public static List<Column> disruptionBudget() {
    return List.of(
        Column.NAME,
        Cells.field("Min Available", "Pods that must stay.", "spec.minAvailable", "N/A"),
        Cells.field("Max Unavailable", "Pods that may be missing.", "spec.maxUnavailable", "N/A"),
        Cells.number("Allowed Disruptions", "Pods that may go now.", "status.disruptionsAllowed"),
        Column.AGE);
  }

  public static List<Column> autoscaler() {
    return List.of(
        Column.NAME,
        Cells.text(
            "Reference",
            "What is scaled.",
            o ->
                Cells.text(o, "spec.scaleTargetRef.kind", "")
                    + "/"
                    + Cells.text(o, "spec.scaleTargetRef.name", "")),
        Cells.text(
            "Targets", "What it is scaled by: current and wanted.", WorkloadColumns::targets),
        Cells.field("MinPods", "Pods at least.", "spec.minReplicas", Cells.UNSET),
        Cells.number("MaxPods", "Pods at most.", "spec.maxReplicas"),
        Cells.number("Replicas", "Pods now.", "status.currentReplicas"),
        Column.AGE);
  }

  private static String targets(ObjectNode scaler) {
    JsonNode older = Cells.at(scaler, "spec.targetCPUUtilizationPercentage");
    if (older.isNumber()) {
      String current = Cells.text(scaler, "status.currentCPUUtilizationPercentage", "");
      return "cpu: "
          + (current.isEmpty() ? Cells.UNKNOWN : current + "%")
          + "/"
          + older.asInt()
          + "%";
    }
    var texts = new ArrayList<String>();
    JsonNode current = Cells.at(scaler, "status.currentMetrics");
    int at = 0;
    for (JsonNode metric : Cells.at(scaler, "spec.metrics")) {
      texts.add(target(metric, current.path(at++)));
    }
    int more = texts.size() - 2;
    return texts.isEmpty()
        ? Cells.NONE
        : String.join(", ", texts.subList(0, Math.min(2, texts.size())))
            + (more > 0 ? " + " + more + " more..." : "");
  }

  private static String target(JsonNode metric, JsonNode current) {
    String type = metric.path("type").asText("");
    String source = type.isEmpty() ? "" : Character.toLowerCase(type.charAt(0)) + type.substring(1);
    JsonNode wanted = metric.path(source).path("target");
    JsonNode now = current.path(source).path("current");
    String name = metric.path(source).path("name").asText("");
    String label = name.isEmpty() ? "" : name + ": ";
    if (wanted.has("averageUtilization")) {
      String share = now.path("averageUtilization").asText("");
      return label
          + (share.isEmpty() ? Cells.UNKNOWN : share + "%")
          + "/"
          + wanted.path("averageUtilization").asInt()
          + "%";
    }
    String field = wanted.has("averageValue") ? "averageValue" : "value";
    String value = now.path(field).asText("");
    return label
        + (value.isEmpty() ? Cells.UNKNOWN : value)
        + "/"
        + wanted.path(field).asText("")
        + (field.equals("averageValue") && !type.equals("Resource") ? " (avg)" : "");
  }

  public static List<Column> priorityClass() {
    return List.of(
        Column.NAME,
        Cells.number("Value", "The priority.", "value"),
        Cells.flag("Global-Default", "Whether pods without a class are of it.", "globalDefault"),
        Column.AGE,
        Cells.field("PreemptionPolicy", "Whether its pods drive others away.", "preemptionPolicy"));
  }

  public static List<Column> runtimeClass() {
    return List.of(
        Column.NAME, Cells.field("Handler", "Which runtime it names.", "handler"), Column.AGE);
  }
}
