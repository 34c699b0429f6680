package io.croft.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/// The outcome of a request that has no object to show: `v1` `Status` of the Kubernetes API.
///
/// @param code HTTP status code
/// @param reason one of {@link StatusReason}, or another server's word; may be empty
/// @param message for people; may be empty
/// @param details what it is about; null when nothing more is known
public record Status(
    boolean success, int code, String reason, String message, @Nullable StatusDetails details) {

  public static Status failure(
      StatusReason reason, String message, @Nullable StatusDetails details) {
    return new Status(false, reason.code(), reason.text(), message, details);
  }

  /// The answer to a request that worked, such as a deletion.
  public static Status success(@Nullable StatusDetails details) {
    return new Status(true, 200, "", "", details);
  }

  /// In the key order of kube-apiserver.
  public ObjectNode toJson() {
    ObjectNode json = Json.object().put("kind", "Status").put("apiVersion", "v1");
    json.putObject("metadata");
    json.put("status", success ? "Success" : "Failure");
    putText(json, "message", message);
    putText(json, "reason", reason);
    if (details != null) {
      json.set("details", details.toJson());
    }
    // kube-apiserver leaves the code of a success out.
    return success ? json : json.put("code", code);
  }

  /// Reads what {@link #toJson} writes; what is absent is empty.
  public static Status parse(ObjectNode json) {
    boolean success = json.path("status").asText("").equals("Success");
    return new Status(
        success,
        json.path("code").asInt(success ? 200 : 0),
        json.path("reason").asText(""),
        json.path("message").asText(""),
        json.get("details") instanceof ObjectNode details ? StatusDetails.parse(details) : null);
  }

  static void putText(ObjectNode json, String key, String text) {
    if (!text.isEmpty()) {
      json.put(key, text);
    }
  }
}
