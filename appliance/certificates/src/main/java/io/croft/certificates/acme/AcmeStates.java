package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.Conditions;
import io.croft.model.ApiObject;
import java.time.Instant;
import java.util.Set;

/// The states of orders and challenges, and where they are noted.
final class AcmeStates {
  static final String PENDING = "pending";
  static final String READY = "ready";
  static final String PROCESSING = "processing";
  static final String VALID = "valid";
  static final String INVALID = "invalid";
  static final String EXPIRED = "expired";
  static final String ERRORED = "errored";

  private static final Set<String> FAILED = Set.of(INVALID, EXPIRED, ERRORED);

  private AcmeStates() {}

  /// Empty when nothing is known yet.
  static String of(ApiObject object) {
    return status(object, "state").asText("");
  }

  static JsonNode status(ApiObject object, String field) {
    return object.json().path("status").path(field);
  }

  static boolean failed(ApiObject object) {
    return FAILED.contains(of(object));
  }

  /// Whether it will not change any more.
  static boolean over(ApiObject object) {
    return failed(object) || of(object).equals(VALID);
  }

  static void set(ApiObject object, String state, String reason) {
    ObjectNode status = Conditions.status(object);
    status.put("state", state);
    reason(object, reason);
  }

  static void reason(ApiObject object, String reason) {
    ObjectNode status = Conditions.status(object);
    if (reason.isEmpty()) {
      status.remove("reason");
    } else {
      status.put("reason", reason);
    }
  }

  /// As [#set], of an order that comes to nothing: tells since when.
  static void fail(ApiObject order, String state, String reason, Instant now) {
    set(order, state, reason);
    Conditions.status(order).put("failureTime", Conditions.format(now));
  }
}
