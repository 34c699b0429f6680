package io.croft.fleet.agent.component;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.fleet.kinds.Assignment;
import io.croft.fleet.kinds.ComponentReport;
import io.croft.model.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// What a host knows of one component of its own, and keeps on its disk: written before a script is
/// started, so that whoever comes after knows what may have been done.
///
/// @param previous the version before, for the scripts
/// @param stage where its scripts are, see [Stages]; empty before they were fetched
/// @param touched whether an install script was ever started, so that there is something to remove
/// @param attempts that have failed in a row
/// @param output the end of what the script has said that failed
record InstalledComponent(
    String component,
    String version,
    long revision,
    String previous,
    String stage,
    boolean touched,
    String phase,
    String message,
    String output,
    int attempts,
    Instant since) {

  /// Before anything was done.
  static InstalledComponent begin(Assignment told, Instant now) {
    return new InstalledComponent(
        told.component(),
        "",
        told.revision(),
        "",
        "",
        false,
        ComponentReport.INSTALLING,
        "",
        "",
        0,
        now);
  }

  /// The host was told of something else than what this is about.
  InstalledComponent told(Assignment told, Instant now) {
    boolean same = told.version().equals(version);
    return new InstalledComponent(
        component,
        told.version(),
        told.revision(),
        same ? previous : version,
        stage,
        touched,
        ComponentReport.INSTALLING,
        "",
        "",
        0,
        now);
  }

  InstalledComponent removing(Assignment told, Instant now) {
    boolean on = phase.equals(ComponentReport.REMOVING) || told.revision() == revision;
    return new InstalledComponent(
        component,
        version,
        told.revision(),
        previous,
        stage,
        touched,
        ComponentReport.REMOVING,
        "",
        "",
        on ? attempts : 0,
        now);
  }

  InstalledComponent staged(String at) {
    return new InstalledComponent(
        component, version, revision, previous, at, touched, phase, message, output, attempts,
        since);
  }

  InstalledComponent installing() {
    return new InstalledComponent(
        component,
        version,
        revision,
        previous,
        stage,
        true,
        ComponentReport.INSTALLING,
        "",
        "",
        attempts,
        since);
  }

  InstalledComponent ready(Instant now) {
    return isReady()
        ? this
        : new InstalledComponent(
            component,
            version,
            revision,
            previous,
            stage,
            touched,
            ComponentReport.READY,
            "",
            "",
            0,
            now);
  }

  InstalledComponent failed(String why, String said, Instant now) {
    return new InstalledComponent(
        component,
        version,
        revision,
        previous,
        stage,
        touched,
        ComponentReport.FAILED,
        ComponentReport.oneLine(why),
        said,
        attempts + 1,
        now);
  }

  boolean isReady() {
    return phase.equals(ComponentReport.READY);
  }

  boolean isAbout(Assignment told) {
    return version.equals(told.version()) && revision == told.revision();
  }

  /// As the appliance is told.
  ObjectNode report() {
    ObjectNode json =
        Json.object()
            .put("component", component)
            .put("version", version)
            .put("revision", revision)
            .put("phase", phase)
            .put("since", since.truncatedTo(ChronoUnit.SECONDS).toString());
    if (!message.isEmpty()) {
      json.put("message", message);
    }
    if (!output.isEmpty()) {
      json.put("output", output);
    }
    if (attempts > 0) {
      json.put("attempts", attempts);
    }
    return json;
  }

  ObjectNode json() {
    return report().put("previous", previous).put("stage", stage).put("touched", touched);
  }

  /// @throws java.time.DateTimeException when the text is none of ours
  static InstalledComponent of(ObjectNode json) {
    return new InstalledComponent(
        json.path("component").asText(),
        json.path("version").asText(),
        json.path("revision").asLong(),
        json.path("previous").asText(),
        json.path("stage").asText(),
        json.path("touched").asBoolean(),
        json.path("phase").asText(),
        json.path("message").asText(),
        json.path("output").asText(),
        json.path("attempts").asInt(),
        Instant.parse(json.path("since").asText()));
  }
}
