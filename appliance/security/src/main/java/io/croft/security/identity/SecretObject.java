package io.croft.security.identity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/// A Secret as texts by key. Not thread-safe.
public record SecretObject(ApiObject object) {
  /// A new one in the namespace of identities.
  public static SecretObject create(String name, String type, Map<String, String> labels) {
    ObjectNode json = Json.object().put("apiVersion", "v1").put("kind", "Secret").put("type", type);
    ApiObject object = ApiObject.of(json).setName(name).setNamespace(IdentityKinds.NAMESPACE);
    return new SecretObject(object.setLabels(labels));
  }

  /// Empty when it is missing, or no text.
  public String get(String key) {
    try {
      String base64 = object.json().path("data").path(key).asText("");
      return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  /// Zero when it is missing, or no number.
  public long number(String key) {
    try {
      return Long.parseLong(get(key));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  public SecretObject put(String key, String text) {
    String base64 = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    object.json().withObject("/data").put(key, base64);
    return this;
  }
}
