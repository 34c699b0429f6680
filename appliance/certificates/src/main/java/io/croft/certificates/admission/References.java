package io.croft.certificates.admission;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.IssuerRef;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import java.util.Set;

/// References to other objects.
final class References {
  private static final Set<String> KINDS = Set.of("", "Issuer", "ClusterIssuer");

  private References() {}

  static void checkIssuer(JsonNode json, String field, FieldErrors errors) {
    IssuerRef ref = IssuerRef.of(json);
    if (ref.name().isEmpty()) {
      errors.add(FieldError.required(field + ".name", "must be specified"));
    }
    if (ref.ours() && !KINDS.contains(ref.kind())) {
      errors.add(
          FieldError.invalid(
              field + ".kind", ref.kind(), "must be one of Issuer or ClusterIssuer"));
    }
  }

  /// A Secret, and the key in it where there is no usual one.
  static void checkSecret(JsonNode json, String field, boolean keyNeeded, FieldErrors errors) {
    if (json.path("name").asText("").isEmpty()) {
      errors.add(FieldError.required(field + ".name", "secret name is required"));
    }
    if (keyNeeded && json.path("key").asText("").isEmpty()) {
      errors.add(FieldError.required(field + ".key", "secret key is required"));
    }
  }
}
