package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.ApiObject;
import io.croft.pki.Identity;
import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Keys and certificates out of Secrets of the type `kubernetes.io/tls`. What has been read is kept
/// while the Secret is the same: keys are costly to read. For one thread.
final class TlsSecrets {
  private final Cluster cluster;
  private Map<String, Known> known = new HashMap<>();
  private Map<String, Known> next = new HashMap<>();

  private record Known(String version, Optional<Identity> identity) {}

  TlsSecrets(Cluster cluster) {
    this.cluster = cluster;
  }

  /// Forgets what has not been asked for since the last time.
  void turn() {
    known = next;
    next = new HashMap<>();
  }

  /// Empty when there is no such Secret, or none of use.
  Optional<Identity> identity(String namespace, String name) {
    Optional<ApiObject> secret = cluster.get(Kinds.SECRETS, namespace, name);
    if (secret.isEmpty()) {
      return Optional.empty();
    }
    String key = namespace + "/" + name;
    String version = secret.get().uid() + "/" + secret.get().resourceVersion();
    Known read = known.get(key);
    if (read == null || !read.version.equals(version)) {
      read = new Known(version, read(secret.get()));
    }
    next.put(key, read);
    return read.identity;
  }

  private static Optional<Identity> read(ApiObject secret) {
    try {
      var key = Pem.privateKey(text(secret, "tls.key"));
      var chain = Pem.certificates(text(secret, "tls.crt"));
      return chain.isEmpty() || !KeyPairs.match(key, chain.getFirst().getPublicKey())
          ? Optional.empty()
          : Optional.of(new Identity(key, chain));
    } catch (PkiException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String text(ApiObject secret, String key) {
    JsonNode value = secret.json().path("data").path(key);
    return new String(Base64.getDecoder().decode(value.asText("")), StandardCharsets.US_ASCII);
  }
}
