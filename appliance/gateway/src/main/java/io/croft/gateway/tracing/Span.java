package io.croft.gateway.tracing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.Shortened;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/// One request, as OpenTelemetry's semantic conventions for HTTP servers describe it.
///
/// @param parent the identifier of the caller's span; empty when the trace begins here
/// @param attributes texts and integers, each text cut at 1,024 characters
record Span(
    TraceContext context,
    String parent,
    String name,
    Instant began,
    Duration took,
    Map<String, Object> attributes,
    boolean failed) {
  private static final int SERVER = 2;
  private static final int ERROR = 2;
  private static final int MAX_CHARS = 1024;
  private static final long NANOS = 1_000_000_000L;

  Span {
    var shortened = new TreeMap<String, Object>();
    attributes.forEach((key, value) ->
        shortened.put(key, value instanceof String text ? Shortened.text(text, MAX_CHARS) : value));
    attributes = shortened;
  }

  /// As OTLP has it in JSON: identifiers in hexadecimal, 64-bit numbers as text.
  ObjectNode toJson() {
    ObjectNode json =
        Json.object().put("traceId", context.traceId()).put("spanId", context.spanId());
    if (!parent.isEmpty()) {
      json.put("parentSpanId", parent);
    }
    long start = began.getEpochSecond() * NANOS + began.getNano();
    json.put("name", name).put("kind", SERVER);
    json.put("startTimeUnixNano", Long.toString(start));
    json.put("endTimeUnixNano", Long.toString(start + took.toNanos()));
    ArrayNode list = json.putArray("attributes");
    attributes.forEach((key, value) -> add(list, key, value));
    if (failed) {
      json.putObject("status").put("code", ERROR);
    }
    return json;
  }

  static void add(ArrayNode attributes, String key, Object value) {
    ObjectNode held = attributes.addObject().put("key", key).putObject("value");
    if (value instanceof Integer number) {
      held.put("intValue", number.toString());
    } else {
      held.put("stringValue", value.toString());
    }
  }
}
