package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// The conditions in a definition's status.
final class CrdConditions {
  static final String NAMES_ACCEPTED = "NamesAccepted";
  static final String ESTABLISHED = "Established";
  static final String TERMINATING = "Terminating";

  private CrdConditions() {}

  static boolean isTrue(ApiObject crd, String type) {
    for (JsonNode condition : crd.json().path("status").path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  /// Sets a condition; its transition time moves only when its status does.
  static void set(
      ObjectNode status, String type, boolean value, String reason, String message, Instant now) {
    ArrayNode conditions = status.withArray("conditions");
    ObjectNode condition = null;
    for (JsonNode present : conditions) {
      if (present.path("type").asText().equals(type)) {
        condition = (ObjectNode) present;
      }
    }
    if (condition == null) {
      condition = conditions.addObject();
    }
    String wanted = value ? "True" : "False";
    if (!condition.path("status").asText().equals(wanted)) {
      condition.put("lastTransitionTime", now.truncatedTo(ChronoUnit.SECONDS).toString());
    }
    condition.put("type", type).put("status", wanted);
    condition.put("reason", reason).put("message", message);
  }
}
