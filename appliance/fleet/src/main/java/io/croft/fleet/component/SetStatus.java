package io.croft.fleet.component;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What the status of a set says, above all what is waited for.
///
/// @param now for what has changed
record SetStatus(ApiObject set, Rollout.Wish wish, Rollout rollout, Instant now) {
  /// How many hosts are named before it is only said how many more there are.
  private static final int NAMED = 5;

  /// @param there whether the version is known
  /// @param conflicts hosts that another set decides about
  ObjectNode json(boolean there, List<String> conflicts) {
    JsonNode before = set.json().path("status");
    int desired = rollout.hosts().size();
    int updatedReady = count(h -> rollout.isUpdated(h) && h.isReady());
    boolean complete = desired > 0 && updatedReady == desired;
    ObjectNode status =
        Json.object()
            .put("observedGeneration", set.generation())
            .put("desired", desired)
            .put("updated", count(rollout::isUpdated))
            .put("ready", count(HostState::isReady))
            .put("updatedReady", updatedReady)
            .put("unavailable", count(HostState::isUnavailable))
            .put("failed", count(HostState::isFailed))
            .put("updateVersion", wish.version());
    String current = complete ? wish.version() : wish.before();
    if (!current.isEmpty()) {
      status.put("currentVersion", current);
    }
    status.set("history", history(before));
    ArrayNode conditions = status.putArray("conditions");
    conditions.add(condition("Ready", ready()));
    conditions.add(condition("Progressing", progress(there, complete)));
    if (!conflicts.isEmpty()) {
      conditions.add(
          condition(
              "Conflict",
              new Verdict(
                  true,
                  "OlderSet",
                  "an older set of the same component decides about "
                      + named(conflicts.stream()))));
    }
    return status;
  }

  private int count(Predicate<HostState> which) {
    return (int) rollout.hosts().stream().filter(which).count();
  }

  private ArrayNode history(JsonNode before) {
    ArrayNode history = Json.array();
    before.path("history").forEach(history::add);
    JsonNode last = history.path(history.size() - 1);
    if (!last.path("version").asText("").equals(wish.version())) {
      history
          .addObject()
          .put("revision", last.path("revision").asLong() + 1)
          .put("version", wish.version())
          .put("since", now.truncatedTo(ChronoUnit.SECONDS).toString());
    }
    int kept = 1 + set.json().path("spec").path("revisionHistoryLimit").asInt(10);
    while (history.size() > kept) {
      history.remove(0);
    }
    return history;
  }

  /// What a condition says.
  private record Verdict(boolean holds, String reason, String message) {}

  private Verdict ready() {
    int desired = rollout.hosts().size();
    int unavailable = count(HostState::isUnavailable);
    if (unavailable > 0) {
      return new Verdict(false, "HostsUnavailable", named(troubles(HostState::isUnavailable)));
    }
    return new Verdict(
        true, "AllReady", desired == 0 ? "no host is selected" : "all %d hosts".formatted(desired));
  }

  private Verdict progress(boolean there, boolean complete) {
    String version = wish.version();
    int desired = rollout.hosts().size();
    String done =
        "%d of %d hosts have %s"
            .formatted(count(h -> rollout.isUpdated(h) && h.isReady()), desired, version);
    if (!there) {
      return new Verdict(
          false,
          "ComponentMissing",
          "there is no MachineComponent %s-%s"
              .formatted(ComponentSetReconciler.component(set), version));
    }
    if (ComponentSetReconciler.selector(set).isEmpty()) {
      return new Verdict(
          false, "InvalidSelector", "the selector is malformed; hosts keep what they have");
    }
    if (rollout.isHeldByFailure()) {
      return new Verdict(
          false,
          "ComponentFailed",
          "%s; no other host gets it until this works or the version is another one: %s"
              .formatted(done, named(troubles(h -> rollout.isUpdated(h) && h.isFailed()))));
    }
    if (complete) {
      return new Verdict(false, "Complete", done);
    }
    if (desired == 0) {
      return new Verdict(false, "Complete", "no host is selected");
    }
    if (wish.paused() && rollout.left() > 0) {
      return new Verdict(false, "Paused", done + "; the others wait: paused");
    }
    boolean changes = !rollout.steps().isEmpty() || count(h -> h.isChanging() && h.reachable()) > 0;
    if (changes) {
      return new Verdict(
          true,
          "Installing",
          done + "; just now " + named(troubles(HostState::isChanging).map(SetStatus::name)));
    }
    if (count(HostState::isUnavailable) == 0) {
      return new Verdict(
          false,
          "PartitionReached",
          "%s; the others keep what they have: partition".formatted(done));
    }
    return new Verdict(
        false,
        "Waiting",
        "%s; %d may be unavailable at a time, and these are: %s"
            .formatted(done, rollout.maxUnavailable(), named(troubles(HostState::isUnavailable))));
  }

  private Stream<String> troubles(Predicate<HostState> which) {
    return rollout.hosts().stream().filter(which).map(HostState::trouble);
  }

  private static String name(String trouble) {
    return trouble.substring(0, trouble.indexOf(':'));
  }

  private static String named(Stream<String> all) {
    List<String> texts = all.toList();
    String text = texts.stream().limit(NAMED).collect(Collectors.joining("; "));
    return texts.size() > NAMED ? text + "; and %d more".formatted(texts.size() - NAMED) : text;
  }

  private ObjectNode condition(String type, Verdict verdict) {
    String value = verdict.holds() ? "True" : "False";
    String since = now.truncatedTo(ChronoUnit.SECONDS).toString();
    for (JsonNode before : set.json().path("status").path("conditions")) {
      if (before.path("type").asText().equals(type)
          && before.path("status").asText().equals(value)) {
        since = before.path("lastTransitionTime").asText(since);
      }
    }
    return Json.object()
        .put("type", type)
        .put("status", value)
        .put("reason", verdict.reason())
        .put("message", verdict.message())
        .put("observedGeneration", set.generation())
        .put("lastTransitionTime", since);
  }
}
