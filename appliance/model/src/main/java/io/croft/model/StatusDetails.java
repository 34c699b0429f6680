package io.croft.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/// What a status is about. Text that is unknown is empty.
///
/// @param kind the kind, or the resource where only that is known, as kube-apiserver does
/// @param retryAfterSeconds 0 for no advice
public record StatusDetails(
    String name,
    String group,
    String kind,
    String uid,
    int retryAfterSeconds,
    List<StatusCause> causes) {
  public StatusDetails {
    causes = List.copyOf(causes);
  }

  /// Details that name an object or a resource.
  public static StatusDetails of(String group, String kind, String name) {
    return new StatusDetails(name, group, kind, "", 0, List.of());
  }

  static StatusDetails parse(JsonNode json) {
    var causes = new ArrayList<StatusCause>();
    json.path("causes").forEach(cause -> causes.add(StatusCause.parse(cause)));
    return new StatusDetails(
        json.path("name").asText(""),
        json.path("group").asText(""),
        json.path("kind").asText(""),
        json.path("uid").asText(""),
        json.path("retryAfterSeconds").asInt(0),
        causes);
  }

  ObjectNode toJson() {
    ObjectNode json = Json.object();
    Status.putText(json, "name", name);
    Status.putText(json, "group", group);
    Status.putText(json, "kind", kind);
    Status.putText(json, "uid", uid);
    if (!causes.isEmpty()) {
      var items = json.putArray("causes");
      causes.forEach(cause -> items.add(cause.toJson()));
    }
    if (retryAfterSeconds > 0) {
      json.put("retryAfterSeconds", retryAfterSeconds);
    }
    return json;
  }

  StatusDetails withRetryAfter(int seconds) {
    return new StatusDetails(name, group, kind, uid, seconds, causes);
  }

  public StatusDetails withCauses(List<StatusCause> replacement) {
    return new StatusDetails(name, group, kind, uid, retryAfterSeconds, replacement);
  }
}
