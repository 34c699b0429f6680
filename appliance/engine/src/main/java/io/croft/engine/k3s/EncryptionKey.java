package io.croft.engine.k3s;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.Base64;
import javax.crypto.SecretKey;

/// What Secrets are sealed with in the store.
///
/// @param name under which it stands in what is sealed
public record EncryptionKey(String name, SecretKey secret) {
  /// Kubernetes' `EncryptionConfiguration` with this key. What was never sealed can be read, too.
  ObjectNode configuration() {
    ObjectNode configuration =
        Json.object()
            .put("apiVersion", "apiserver.config.k8s.io/v1")
            .put("kind", "EncryptionConfiguration");
    ObjectNode secrets = configuration.putArray("resources").addObject();
    secrets.putArray("resources").add("secrets");
    var providers = secrets.putArray("providers");
    providers
        .addObject()
        .putObject("aesgcm")
        .putArray("keys")
        .addObject()
        .put("name", name)
        .put("secret", Base64.getEncoder().encodeToString(secret.getEncoded()));
    providers.addObject().putObject("identity");
    return configuration;
  }

  /// Never shows the key.
  @Override
  public String toString() {
    return "EncryptionKey[" + name + "]";
  }
}
