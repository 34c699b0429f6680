package io.croft.certificates.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// The conditions in an object's status.
public final class Conditions {
  public static final String READY = "Ready";
  public static final String ISSUING = "Issuing";
  public static final String APPROVED = "Approved";
  public static final String DENIED = "Denied";
  public static final String INVALID_REQUEST = "InvalidRequest";

  private Conditions() {}

  /// One condition.
  ///
  /// @param since when its status became what it is; the beginning of time when that is not told
  public record Condition(String status, String reason, String message, Instant since) {
    public boolean isTrue() {
      return status.equals("True");
    }
  }

  public static Optional<Condition> find(ApiObject object, String type) {
    return node(object, type)
        .map(c ->
            new Condition(
                c.path("status").asText(""),
                c.path("reason").asText(""),
                c.path("message").asText(""),
                time(c.path("lastTransitionTime")).orElse(Instant.EPOCH)));
  }

  public static boolean isTrue(ApiObject object, String type) {
    return find(object, type).filter(Condition::isTrue).isPresent();
  }

  private static Optional<ObjectNode> node(ApiObject object, String type) {
    for (JsonNode condition : object.json().path("status").path("conditions")) {
      if (condition instanceof ObjectNode found && found.path("type").asText("").equals(type)) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  /// Sets a condition; the time of transition moves only with the status.
  ///
  /// @param observed whether the condition tells which generation it is about
  public static void set(
      ApiObject object,
      String type,
      boolean status,
      String reason,
      String message,
      Instant now,
      boolean observed) {
    String text = status ? "True" : "False";
    ObjectNode condition =
        node(object, type)
            .orElseGet(() -> {
              ObjectNode added = Json.object().put("type", type);
              list(object).add(added);
              return added;
            });
    if (!condition.path("status").asText("").equals(text)
        || !condition.hasNonNull("lastTransitionTime")) {
      condition.put("lastTransitionTime", format(now));
    }
    condition.put("status", text).put("reason", reason).put("message", message);
    if (observed) {
      condition.set("observedGeneration", Json.number(object.generation()));
    }
  }

  public static void remove(ApiObject object, String type) {
    ArrayNode list = list(object);
    for (int i = list.size() - 1; i >= 0; i--) {
      if (list.get(i).path("type").asText("").equals(type)) {
        list.remove(i);
      }
    }
  }

  /// The object's status, made where it is missing.
  public static ObjectNode status(ApiObject object) {
    return object.json().get("status") instanceof ObjectNode status
        ? status
        : object.json().putObject("status");
  }

  private static ArrayNode list(ApiObject object) {
    ObjectNode status = status(object);
    return status.get("conditions") instanceof ArrayNode list
        ? list
        : status.putArray("conditions");
  }

  /// To the second, as Kubernetes writes times.
  public static String format(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// Empty when there is no time that can be read.
  public static Optional<Instant> time(JsonNode text) {
    try {
      return text.isTextual()
          ? Optional.of(OffsetDateTime.parse(text.asText()).toInstant())
          : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
