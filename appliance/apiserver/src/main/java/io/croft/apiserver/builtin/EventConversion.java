package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.VersionConversion;
import java.util.Map;

/// Between the events of `events.k8s.io/v1`, as served, and those of `v1`, as stored: the same
/// things under other names.
final class EventConversion implements VersionConversion {
  /// Served name to stored name.
  private static final Map<String, String> NAMES =
      Map.of(
          "note", "message",
          "regarding", "involvedObject",
          "deprecatedSource", "source",
          "deprecatedFirstTimestamp", "firstTimestamp",
          "deprecatedLastTimestamp", "lastTimestamp",
          "deprecatedCount", "count",
          "reportingController", "reportingComponent");

  @Override
  public ObjectNode toStorage(ObjectNode served) {
    NAMES.forEach((servedName, storedName) -> rename(served, servedName, storedName));
    return served.put("apiVersion", "v1");
  }

  @Override
  public ObjectNode fromStorage(ObjectNode stored) {
    NAMES.forEach((servedName, storedName) -> rename(stored, storedName, servedName));
    return stored.put("apiVersion", "events.k8s.io/v1");
  }

  private static void rename(ObjectNode object, String from, String to) {
    JsonNode value = object.remove(from);
    if (value != null) {
      object.set(to, value);
    }
  }
}
