package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Strategy;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// Secrets: base64 data, a type that cannot change, and for some types keys that must be there.
final class SecretStrategy implements Strategy {
  private static final Map<String, List<String>> REQUIRED_KEYS =
      Map.of(
          "kubernetes.io/tls", List.of("tls.crt", "tls.key"),
          "kubernetes.io/dockercfg", List.of(".dockercfg"),
          "kubernetes.io/dockerconfigjson", List.of(".dockerconfigjson"),
          "kubernetes.io/ssh-auth", List.of("ssh-privatekey"));

  /// Moves `stringData`, which is only ever written, into `data`.
  @Override
  public void setDefaults(ApiObject object) {
    ObjectNode secret = object.json();
    if (secret.path("type").asText("").isEmpty()) {
      secret.put("type", "Opaque");
    }
    JsonNode plain = secret.remove("stringData");
    if (plain == null || plain.isEmpty()) {
      return;
    }
    ObjectNode data =
        secret.get("data") instanceof ObjectNode there ? there : secret.putObject("data");
    for (var entry : plain.properties()) {
      byte[] bytes = entry.getValue().asText().getBytes(StandardCharsets.UTF_8);
      data.put(entry.getKey(), Base64.getEncoder().encodeToString(bytes));
    }
  }

  @Override
  public List<FieldError> validate(ApiObject object) {
    var errors = new ArrayList<FieldError>();
    errors.addAll(DataRules.keys(object, "data"));
    errors.addAll(DataRules.base64(object, "data"));
    JsonNode data = object.json().path("data");
    if (DataRules.plainBytes(data) * 3 / 4 > DataRules.MAX_BYTES) {
      errors.add(FieldError.tooLong("data", DataRules.MAX_BYTES));
    }
    String type = object.json().path("type").asText("");
    for (String key : REQUIRED_KEYS.getOrDefault(type, List.of())) {
      if (!data.has(key)) {
        errors.add(FieldError.required("data[" + key + "]", ""));
      }
    }
    if (type.equals("kubernetes.io/service-account-token")
        && object.annotations().getOrDefault("kubernetes.io/service-account.name", "").isEmpty()) {
      errors.add(
          FieldError.required("metadata.annotations[kubernetes.io/service-account.name]", ""));
    }
    return errors;
  }

  @Override
  public List<FieldError> validateUpdate(ApiObject object, ApiObject old) {
    var errors = new ArrayList<>(validate(object));
    if (!object.json().path("type").equals(old.json().path("type"))) {
      errors.add(
          FieldError.invalid("type", object.json().path("type").asText(""), "field is immutable"));
    }
    errors.addAll(DataRules.frozen(object, old, "data"));
    return errors;
  }
}
