package io.croft.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.StatusException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes events in the name of one component. The same event of the same object is written once as
/// long as it is kept. That one cannot be written holds nobody up.
public final class EventRecorder {
  private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
  private static final GroupVersionResource EVENTS = new GroupVersionResource("", "v1", "events");

  /// Leaves room for the digits behind it.
  private static final int MAX_NAME = 230;

  private final ApiClient client;
  private final String component;
  private final InstantSource clock;

  /// @param component in whose name, for example `garbage-collector-controller`
  public EventRecorder(ApiClient client, String component, InstantSource clock) {
    this.client = client;
    this.component = component;
    this.clock = clock;
  }

  /// @param involved a `v1` `ObjectReference`; without a namespace the event is put into `default`
  /// @param reason one word
  public void warning(ObjectNode involved, String reason, String message) {
    record(involved, "Warning", reason, message);
  }

  /// As [#warning], for what goes as it should.
  public void normal(ObjectNode involved, String reason, String message) {
    record(involved, "Normal", reason, message);
  }

  /// Sees to it that there is such a warning, for something that goes on being so: writes it, or
  /// renews one that is older than `renewal`, so that it is kept for longer.
  ///
  /// @return when to call this again
  /// @throws StatusException when it cannot be written
  public Instant keepWarning(ObjectNode involved, String reason, String message, Duration renewal) {
    ApiObject event = event(involved, "Warning", reason, message);
    Instant now = clock.instant();
    Optional<ApiObject> found = client.find(EVENTS, event.namespace(), event.name());
    if (found.isEmpty()) {
      client.create(EVENTS, event);
      return now.plus(renewal);
    }
    Instant due = lastWritten(found.get(), now).plus(renewal);
    if (due.isAfter(now)) {
      return due;
    }
    ObjectNode renewed = found.get().json();
    renewed.put("count", renewed.path("count").asInt(1) + 1);
    renewed.set("lastTimestamp", event.json().path("lastTimestamp"));
    client.update(EVENTS, found.get());
    return now.plus(renewal);
  }

  /// Long ago when that is not to be read, and never later than now.
  private static Instant lastWritten(ApiObject event, Instant now) {
    try {
      Instant written = Instant.parse(event.json().path("lastTimestamp").asText(""));
      return written.isAfter(now) ? now : written;
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  private void record(ObjectNode involved, String type, String reason, String message) {
    try {
      client.create(EVENTS, event(involved, type, reason, message));
    } catch (StatusException e) {
      // most often because it is there already
      LOG.atDebug().addKeyValue("reason", reason).setCause(e).log("an event is not written");
    }
  }

  private ApiObject event(ObjectNode involved, String type, String reason, String message) {
    String involvedName = involved.path("name").asText();
    String name = involvedName.substring(0, Math.min(MAX_NAME, involvedName.length()));
    int digits = Objects.hash(involved.path("uid").asText(), reason, message);
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    ObjectNode event = Json.object().put("apiVersion", "v1").put("kind", "Event");
    event
        .putObject("metadata")
        .put("name", name + "." + HexFormat.of().toHexDigits(digits))
        .put("namespace", involved.path("namespace").asText("default"));
    event
        .put("type", type)
        .put("reason", reason)
        .put("message", message)
        .put("firstTimestamp", now)
        .put("lastTimestamp", now)
        .put("count", 1)
        .put("reportingComponent", component)
        .put("reportingInstance", "");
    event.set("involvedObject", involved);
    event.putObject("source").put("component", component);
    return ApiObject.of(event);
  }
}
