package io.croft.certificates.acme.solving;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import java.util.Optional;

/// Reads what an issuer refers to in Secrets.
///
/// @param namespace of the Secrets
public record SecretReader(ApiClient client, String namespace) {
  /// @param ref with `name` and `key`
  /// @return without spaces and line ends around it
  /// @throws SolverException when it is not there
  public String text(JsonNode ref) throws SolverException {
    String name = ref.path("name").asText("");
    String key = ref.path("key").asText("");
    Optional<ApiObject> secret =
        name.isEmpty() ? Optional.empty() : client.find(Resources.SECRETS, namespace, name);
    String text = secret.map(s -> SecretData.text(s, key)).orElse("").strip();
    if (text.isEmpty()) {
      throw new SolverException(
          "the Secret \"%s\" with the key \"%s\" is missing in the namespace \"%s\""
              .formatted(name, key, namespace));
    }
    return text;
  }
}
