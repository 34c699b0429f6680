package io.croft.fleet.component;

import io.croft.fleet.kinds.ComponentReport;
import java.util.Optional;

/// What is known of a host and one component.
///
/// @param version what it was told to have; empty when it was told nothing
/// @param revision of that
/// @param reachable whether its node is ready
/// @param report what it says itself
record HostState(
    String name,
    String version,
    long revision,
    boolean reachable,
    Optional<ComponentReport> report) {

  boolean isMissing() {
    return version.isEmpty();
  }

  /// Whether it has what it was told to have. What it says about something earlier does not count.
  boolean isReady() {
    return says(ComponentReport.READY);
  }

  boolean isFailed() {
    return says(ComponentReport.FAILED);
  }

  private boolean says(String phase) {
    return report
        .filter(_ -> !isMissing())
        .filter(r -> r.version().equals(version) && r.revision() == revision)
        .filter(r -> r.phase().equals(phase))
        .isPresent();
  }

  /// Whether it is between two versions, or has lost its own: from when it was told until it says
  /// that it is ready.
  boolean isChanging() {
    return !isMissing() && !isReady();
  }

  boolean isUnavailable() {
    return !reachable || !isReady();
  }

  /// Why it is unavailable.
  String trouble() {
    if (!reachable) {
      return name + ": the host is not ready";
    }
    if (isMissing()) {
      return name + ": has none yet";
    }
    if (isFailed()) {
      return name + ": " + message();
    }
    String doing = says(ComponentReport.INSTALLING) ? message() : "";
    return "%s: is being given %s%s".formatted(name, version, doing.isEmpty() ? "" : ", " + doing);
  }

  private String message() {
    return report.map(ComponentReport::message).orElse("");
  }
}
