package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// One condition of a status.
record Condition(String type, boolean status, String reason, String message) {
  static Condition good(String type) {
    return new Condition(type, true, type, "");
  }

  static Condition good(String type, String reason) {
    return new Condition(type, true, reason, "");
  }

  static Condition bad(String type, String reason, String message) {
    return new Condition(type, false, reason, message);
  }

  /// @param before the conditions as they were: the time of transition moves only with the status
  static ArrayNode toJson(
      List<Condition> conditions, JsonNode before, long generation, Instant now) {
    ArrayNode list = Json.array();
    for (Condition condition : conditions) {
      ObjectNode json = list.addObject();
      String status = condition.status ? "True" : "False";
      json.put("type", condition.type)
          .put("status", status)
          .put("reason", condition.reason)
          .put("message", condition.message);
      json.set("observedGeneration", Json.number(generation));
      json.put("lastTransitionTime", since(condition.type, status, before, now));
    }
    return list;
  }

  private static String since(String type, String status, JsonNode before, Instant now) {
    for (JsonNode old : before) {
      if (old.path("type").asText("").equals(type)
          && old.path("status").asText("").equals(status)
          && old.hasNonNull("lastTransitionTime")) {
        return old.path("lastTransitionTime").asText();
      }
    }
    return now.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
