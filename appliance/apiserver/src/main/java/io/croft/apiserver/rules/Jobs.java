package io.croft.apiserver.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.CronSchedule;
import io.croft.model.FieldError;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;

/// Jobs and cron jobs.
public final class Jobs {
  private static final int MAX_CRON_JOB_NAME = 52;
  private static final int MAX_INDEXED_PARALLELISM = 100_000;
  private static final List<String> SCHEDULING =
      List.of("affinity", "nodeSelector", "tolerations", "schedulingGates");

  private Jobs() {}

  public static void job(Field object) {
    Field spec = object.at("spec");
    jobSpec(spec);
    Field selector = spec.at("selector");
    if (!selector.present()) {
      selector.required("");
    } else {
      Labels.selector(selector);
      Field labels = spec.at("template", "metadata", "labels");
      if (!Labels.finds(selector.node(), labels.node())) {
        labels.invalid(labels.node(), "`selector` does not match template `labels`");
      }
    }
    if (!spec.at("manualSelector").flag()) {
      generatedLabels(object);
    }
  }

  private static void generatedLabels(Field object) {
    Field spec = object.at("spec");
    String uid = object.at("metadata", "uid").text();
    Field labels = spec.at("template", "metadata", "labels");
    Field own = labels.key("batch.kubernetes.io/controller-uid");
    if (!own.text().equals(uid)) {
      own.add(FieldError.invalid(own.path(), own.text(), "must be '" + uid + "'"));
    }
    Field selected = spec.at("selector", "matchLabels");
    String byUid = selected.node().path("batch.kubernetes.io/controller-uid").asText("");
    String byOldUid = selected.node().path("controller-uid").asText("");
    if (!byUid.equals(uid) && !byOldUid.equals(uid)) {
      spec.at("selector").invalid("`selector` not auto-generated");
    }
  }

  private static void jobSpec(Field spec) {
    for (String number :
        List.of(
            "parallelism",
            "completions",
            "activeDeadlineSeconds",
            "backoffLimit",
            "ttlSecondsAfterFinished",
            "backoffLimitPerIndex",
            "maxFailedIndexes")) {
      spec.at(number).nonNegative();
    }
    Field mode = spec.at("completionMode");
    mode.oneOf("NonIndexed", "Indexed");
    if (mode.text().equals("Indexed")) {
      if (!spec.at("completions").present()) {
        spec.at("completions").required("when completion mode is Indexed");
      }
      if (spec.at("parallelism").number() > MAX_INDEXED_PARALLELISM) {
        spec.at("parallelism")
            .invalid(
                "must be less than or equal to "
                    + MAX_INDEXED_PARALLELISM
                    + " when completion mode is Indexed");
      }
    } else if (spec.at("backoffLimitPerIndex").present()) {
      spec.at("backoffLimitPerIndex").invalid("requires indexed completion mode");
    }
    spec.at("podReplacementPolicy").oneOf("Failed", "TerminatingOrFailed");
    for (Field rule : spec.at("podFailurePolicy", "rules").items()) {
      rule.at("action").needOneOf("Count", "FailIndex", "FailJob", "Ignore");
    }
    Field template = spec.at("template");
    if (!template.present()) {
      template.required("");
      return;
    }
    PodSpecs.template(template, Set.of());
    Field restart = template.at("spec", "restartPolicy");
    if (restart.text().equals("Always")) {
      restart.required("valid values: \"OnFailure\", \"Never\"");
    } else if (spec.at("podFailurePolicy").present() && !restart.text().equals("Never")) {
      restart.invalid("only \"Never\" is supported when podFailurePolicy is specified");
    }
  }

  public static void jobUpdate(Field object, Field old) {
    Field spec = object.at("spec");
    Field before = old.at("spec");
    boolean elastic =
        spec.at("completionMode").text().equals("Indexed")
            && spec.at("completions").same(spec.at("parallelism"));
    if (!elastic) {
      spec.at("completions").unchanged(before.at("completions"));
    }
    for (String field :
        List.of(
            "selector",
            "completionMode",
            "podFailurePolicy",
            "backoffLimitPerIndex",
            "successPolicy")) {
      spec.at(field).unchanged(before.at(field));
    }
    boolean suspended = before.at("suspend").flag() && !old.at("status", "startTime").present();
    JsonNode now = suspended ? withoutPlaces(spec.at("template")) : spec.at("template").node();
    JsonNode then = suspended ? withoutPlaces(before.at("template")) : before.at("template").node();
    if (!now.equals(then)) {
      spec.at("template").invalid("field is immutable");
    }
  }

  /// What may be changed while a job waits to be started: where its pods may go.
  private static JsonNode withoutPlaces(Field template) {
    ObjectNode fixed = template.node().deepCopy();
    fixed.remove("metadata");
    if (fixed.get("spec") instanceof ObjectNode spec) {
      spec.remove(SCHEDULING);
    }
    return fixed;
  }

  public static void cronJob(Field object) {
    Field name = object.at("metadata", "name");
    if (name.text().length() > MAX_CRON_JOB_NAME) {
      name.invalid("must be no more than " + MAX_CRON_JOB_NAME + " characters");
    }
    Field spec = object.at("spec");
    Field schedule = spec.at("schedule");
    if (schedule.need()) {
      if (schedule.text().contains("TZ")) {
        schedule.invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
      } else {
        try {
          CronSchedule.parse(schedule.text());
        } catch (IllegalArgumentException e) {
          schedule.invalid(String.valueOf(e.getMessage()));
        }
      }
    }
    Field zone = spec.at("timeZone");
    if (zone.present() && !isZone(zone.text())) {
      zone.invalid("unknown time zone " + zone.text());
    }
    spec.at("concurrencyPolicy").needOneOf("Allow", "Forbid", "Replace");
    spec.at("startingDeadlineSeconds").nonNegative();
    spec.at("successfulJobsHistoryLimit").nonNegative();
    spec.at("failedJobsHistoryLimit").nonNegative();
    Field template = spec.at("jobTemplate", "spec");
    jobSpec(template);
    template.at("manualSelector").oneOf("false");
  }

  private static boolean isZone(String zone) {
    try {
      return zone.equals("UTC") || (zone.contains("/") && ZoneId.of(zone) != null);
    } catch (DateTimeException e) {
      return false;
    }
  }
}
