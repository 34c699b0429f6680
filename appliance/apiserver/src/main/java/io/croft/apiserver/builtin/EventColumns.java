package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Column;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a table of events shows; the two groups name the fields differently.
final class EventColumns {
  private EventColumns() {}

  static Column[] of(String subject, String message, String count, String lastSeen) {
    return new Column[] {
      Column.text(
          "Last Seen",
          "When it was seen last.",
          (o, now) -> Column.since(lastSeen(o, lastSeen), now)),
      Column.text("Type", "Normal or Warning.", (o, now) -> o.path("type").asText("")),
      Column.text("Reason", "Why it happened, in a word.", (o, now) -> o.path("reason").asText("")),
      Column.text("Object", "What it is about.", (o, now) -> object(o.path(subject))),
      Column.text("Message", "What happened.", (o, now) -> o.path(message).asText("").strip()),
      Column.text(
              "Count",
              "How often.",
              (o, now) -> Long.toString(Math.max(1, o.path(count).asLong(1))))
          .wide(),
      new Column(
          "Name",
          "string",
          "name",
          "The event's own name.",
          1,
          (o, now) -> o.path("metadata").path("name"))
    };
  }

  private static String object(JsonNode reference) {
    return reference.path("kind").asText("").toLowerCase(Locale.ROOT)
        + "/"
        + reference.path("name").asText("");
  }

  private static @Nullable Instant lastSeen(ObjectNode event, String field) {
    for (JsonNode time :
        new JsonNode[] {
          event.path("series").path("lastObservedTime"), event.path(field), event.path("eventTime")
        }) {
      try {
        if (time.isTextual()) {
          return Instant.parse(time.asText());
        }
      } catch (DateTimeParseException e) {
        return null; // shown as unknown
      }
    }
    return null;
  }
}
