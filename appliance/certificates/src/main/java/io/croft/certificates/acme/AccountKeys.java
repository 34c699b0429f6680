package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.base.Sha256;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.pki.PkiException;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.PrivateKeys;
import java.security.KeyPair;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/// The keys of accounts, in Secrets. One is made where there is none; one that is there is never
/// changed.
final class AccountKeys {
  private static final KeyKind GENERATED = new KeyKind(KeyKind.Algorithm.RSA, 2048);
  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  private final ApiClient client;

  AccountKeys(ApiClient client) {
    this.client = client;
  }

  /// A key, and a digest by which it is known again.
  record AccountKey(KeyPair pair, String digest) {}

  /// @param acme the issuer's `spec.acme`
  /// @throws PkiException when there is a Secret, but no key in it that can be used
  Optional<AccountKey> find(JsonNode acme, String namespace) throws PkiException {
    Optional<ApiObject> secret = client.find(Resources.SECRETS, namespace, name(acme));
    return secret.isEmpty() ? Optional.empty() : Optional.of(read(secret.get(), key(acme)));
  }

  private static String name(JsonNode acme) {
    return acme.path("privateKeySecretRef").path("name").asText("");
  }

  private static String key(JsonNode acme) {
    String key = acme.path("privateKeySecretRef").path("key").asText("");
    return key.isEmpty() ? SecretData.KEY : key;
  }

  private static AccountKey read(ApiObject secret, String key) throws PkiException {
    String text = SecretData.text(secret, key);
    try {
      KeyPair pair = PrivateKeys.parse(text);
      if (KeyKind.of(pair.getPublic()).algorithm() == KeyKind.Algorithm.ED25519) {
        throw new PkiException("holds an Ed25519 key; accounts have RSA or ECDSA keys");
      }
      return new AccountKey(pair, digest(pair));
    } catch (PkiException e) {
      throw new PkiException(
          "%s of the Secret \"%s\" %s".formatted(key, secret.name(), e.getMessage()), e);
    }
  }

  private static String digest(KeyPair pair) throws PkiException {
    byte[] der = PrivateKeys.der(PrivateKeys.encode(pair, PrivateKeys.Encoding.PKCS1));
    return Base64.getEncoder().encodeToString(Sha256.of(der));
  }

  /// @throws PkiException as [#find]: someone else may have been faster
  AccountKey make(JsonNode acme, String namespace) throws PkiException {
    KeyPair pair = GENERATED.generate();
    ApiObject secret =
        ApiObject.of(Json.object())
            .setApiVersion("v1")
            .setKind("Secret")
            .setNamespace(namespace)
            .setName(name(acme))
            .setLabels(Map.of(MANAGED_BY, "cert-manager"));
    String pem = PrivateKeys.encode(pair, PrivateKeys.Encoding.PKCS1);
    secret.json().putObject("data").put(key(acme), SecretData.encode(pem));
    try {
      return read(client.create(Resources.SECRETS, secret), key(acme));
    } catch (StatusException e) {
      Optional<AccountKey> present = find(acme, namespace);
      if (present.isPresent()) {
        return present.get();
      }
      throw e;
    }
  }
}
