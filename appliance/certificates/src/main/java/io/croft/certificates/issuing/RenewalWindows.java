package io.croft.certificates.issuing;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.base.CronSchedule;
import io.croft.certificates.api.CertificateSpec;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The times of day and week within which a certificate may be renewed; none for any time.
record RenewalWindows(List<Window> windows) {
  /// @param length from each time of the schedule on
  record Window(CronSchedule schedule, ZoneId zone, Duration length) {
    /// The first moment from a time on that lies in the window.
    Optional<Instant> from(Instant time) {
      Optional<Instant> begin = schedule.next(time.minus(length), zone);
      return begin.map(b -> b.isBefore(time) ? time : b);
    }
  }

  /// What admission has not seen and cannot be read is left out.
  static RenewalWindows of(JsonNode renewal) {
    var windows = new ArrayList<Window>();
    renewal.path("windows").forEach(w -> window(w).ifPresent(windows::add));
    return new RenewalWindows(List.copyOf(windows));
  }

  private static Optional<Window> window(JsonNode json) {
    String zone = json.path("timezone").asText("");
    Duration length = CertificateSpec.duration(json.path("windowDuration"), Duration.ZERO);
    try {
      var window =
          new Window(
              CronSchedule.parse(json.path("cron").asText("")),
              zone.isEmpty() ? ZoneOffset.UTC : ZoneId.of(zone),
              length);
      return length.isPositive() ? Optional.of(window) : Optional.empty();
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }

  /// Whether there are windows, and a moment lies in none of them.
  boolean misses(Instant moment) {
    return fit(moment, moment.plusSeconds(1)).isEmpty();
  }

  /// The first moment, from a wanted one on and before an end, that lies in one of them; empty when
  /// there is none.
  Optional<Instant> fit(Instant wanted, Instant end) {
    return windows.isEmpty()
        ? Optional.of(wanted)
        : windows.stream()
            .flatMap(w -> w.from(wanted).stream())
            .filter(t -> t.isBefore(end))
            .min(Instant::compareTo);
  }
}
