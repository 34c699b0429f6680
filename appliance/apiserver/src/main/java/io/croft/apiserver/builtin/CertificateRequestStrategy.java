package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.rules.Extensions;
import io.croft.model.ApiObject;
import io.croft.security.UserInfo;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Certificate signing requests: the server writes down who asks; whoever may approve decides by
/// conditions; whoever signs adds the certificate.
final class CertificateRequestStrategy extends KindStrategy {
  private static final Set<String> DECISIONS = Set.of("Approved", "Denied");

  private final InstantSource clock;

  CertificateRequestStrategy(InstantSource clock) {
    this.clock = clock;
    rules(Extensions::certificateRequest).updates(Extensions::certificateRequestUpdate);
  }

  @Override
  public void prepareForCreate(ApiObject object, UserInfo user) {
    super.prepareForCreate(object);
    if (!(object.json().get("spec") instanceof ObjectNode spec)) {
      return;
    }
    spec.remove(List.of("username", "uid", "groups", "extra"));
    spec.put("username", user.name());
    if (!user.uid().isEmpty()) {
      spec.put("uid", user.uid());
    }
    if (!user.groups().isEmpty()) {
      user.groups().forEach(spec.putArray("groups")::add);
    }
    if (!user.extra().isEmpty()) {
      ObjectNode extra = spec.putObject("extra");
      user.extra().forEach((key, values) -> values.forEach(extra.putArray(key)::add));
    }
  }

  @Override
  public void prepareForUpdate(ApiObject object, ApiObject old) {
    super.prepareForUpdate(object, old);
    object.json().set("spec", old.json().path("spec").deepCopy());
  }

  /// Decisions are made through `approval` alone.
  @Override
  public void prepareForStatusUpdate(ApiObject object, ApiObject old) {
    ArrayNode conditions = object.json().arrayNode();
    old.json()
        .path("status")
        .path("conditions")
        .forEach(c -> addIf(conditions, c, DECISIONS.contains(type(c))));
    object
        .json()
        .path("status")
        .path("conditions")
        .forEach(c -> addIf(conditions, c, !DECISIONS.contains(type(c))));
    setConditions(object, conditions);
    stamp(object, old);
  }

  @Override
  public void confine(String subresource, ApiObject object, ApiObject old) {
    if (!subresource.equals("approval")) {
      super.confine(subresource, object, old);
      return;
    }
    JsonNode wanted = object.json().path("status").path("conditions");
    object.json().removeAll();
    object.json().setAll(old.copy().json());
    setConditions(object, wanted);
    stamp(object, old);
  }

  private static void setConditions(ApiObject object, JsonNode conditions) {
    if (!conditions.isEmpty()) {
      object.json().withObject("/status").set("conditions", conditions.deepCopy());
    } else if (object.json().get("status") instanceof ObjectNode status) {
      status.remove("conditions");
    }
  }

  private static void addIf(ArrayNode array, JsonNode condition, boolean wanted) {
    if (wanted) {
      array.add(condition.deepCopy());
    }
  }

  private static String type(JsonNode condition) {
    return condition.path("type").asText("");
  }

  /// Gives every new condition the times that it leaves out.
  private void stamp(ApiObject object, ApiObject old) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Map<String, JsonNode> known = new HashMap<>();
    old.json().path("status").path("conditions").forEach(c -> known.put(type(c), c));
    for (JsonNode node : object.json().path("status").path("conditions")) {
      if (node instanceof ObjectNode condition) {
        if (condition.path("lastUpdateTime").asText("").isEmpty()) {
          condition.put("lastUpdateTime", now.toString());
        }
        if (condition.path("lastTransitionTime").asText("").isEmpty()) {
          condition.put("lastTransitionTime", transition(condition, known, now));
        }
      }
    }
  }

  private static String transition(JsonNode condition, Map<String, JsonNode> known, Instant now) {
    JsonNode before = known.get(type(condition));
    if (before != null
        && before.path("status").equals(condition.path("status"))
        && before.has("lastTransitionTime")) {
      return before.path("lastTransitionTime").asText();
    }
    return now.toString();
  }
}
