package io.croft.fleet.kinds;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.ApiObject;
import java.util.Optional;

/// What a host says about one component: an entry of `status.components` of its `Machine`.
///
/// @param revision of the [Assignment] that it is about
/// @param message why it is so, or else what is being done just now; one line of [#MAX_MESSAGE]
///   characters at most
public record ComponentReport(String version, long revision, String phase, String message) {
  /// The check has passed.
  public static final String READY = "Ready";

  public static final String INSTALLING = "Installing";
  public static final String REMOVING = "Removing";

  /// What was last tried has not worked, and is tried again.
  public static final String FAILED = "Failed";

  public static final int MAX_MESSAGE = 256;

  public static Optional<ComponentReport> of(ApiObject machine, String component) {
    for (JsonNode entry : machine.json().path("status").path("components")) {
      if (entry.path("component").asText().equals(component)) {
        String why = oneLine(entry.path("message").asText());
        return Optional.of(
            new ComponentReport(
                entry.path("version").asText(),
                entry.path("revision").asLong(),
                entry.path("phase").asText(),
                why.isEmpty() ? oneLine(entry.path("progress").asText()) : why));
      }
    }
    return Optional.empty();
  }

  /// Text of a host as it may be shown to people: without what moves cursors and starts lines.
  public static String oneLine(String text) {
    String clean = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return clean.length() <= MAX_MESSAGE ? clean : clean.substring(0, MAX_MESSAGE);
  }
}
