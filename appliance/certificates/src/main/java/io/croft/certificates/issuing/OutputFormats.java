package io.croft.certificates.issuing;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.pki.PkiException;
import io.croft.pki.x509.Keystores;
import io.croft.pki.x509.PrivateKeys;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The other forms in which a certificate's Secret has its key and certificate.
final class OutputFormats {
  private static final String TRUSTED_ALIAS = "ca";
  private static final String DEFAULT_ALIAS = "certificate";

  private final ApiClient client;
  private final Events events;

  OutputFormats(ApiClient client, Events events) {
    this.client = client;
    this.events = events;
  }

  /// All that the spec asks for. Keystores differ each time that they are written, so one that is
  /// there and still right stays.
  Map<String, byte[]> of(
      ApiObject certificate, CertificateSpec spec, Material material, Optional<ApiObject> present)
      throws PkiException {
    var data = new LinkedHashMap<String, byte[]>();
    for (JsonNode format : spec.json().path("additionalOutputFormats")) {
      switch (format.path("type").asText("")) {
        case "DER" -> data.put("key.der", PrivateKeys.der(material.key()));
        case "CombinedPEM" -> data.put("tls-combined.pem", combined(material));
        default -> {} // refused by the schema
      }
    }
    JsonNode keystores = spec.json().path("keystores");
    JsonNode jks = keystores.path("jks");
    if (jks.path("create").asBoolean(false)) {
      String alias = jks.path("alias").asText("");
      var target =
          new Target(
              "jks", Keystores.Format.JKS, alias.isEmpty() ? DEFAULT_ALIAS : alias, TRUSTED_ALIAS);
      addKeystore(data, certificate, jks, target, material, present);
    }
    JsonNode pkcs12 = keystores.path("pkcs12");
    if (pkcs12.path("create").asBoolean(false)) {
      var format = Keystores.Format.pkcs12(pkcs12.path("profile").asText(""));
      var target = new Target("p12", format, DEFAULT_ALIAS, TRUSTED_ALIAS);
      addKeystore(data, certificate, pkcs12, target, material, present);
    }
    return data;
  }

  private static byte[] combined(Material material) {
    return (material.key() + "\n" + material.certificate()).getBytes(StandardCharsets.UTF_8);
  }

  private record Target(String suffix, Keystores.Format format, String alias, String trustedAlias) {
    String keystore() {
      return "keystore." + suffix;
    }

    String truststore() {
      return "truststore." + suffix;
    }
  }

  private void addKeystore(
      Map<String, byte[]> data,
      ApiObject certificate,
      JsonNode config,
      Target target,
      Material material,
      Optional<ApiObject> present)
      throws PkiException {
    byte[] old = present.map(s -> SecretData.bytes(s, target.keystore())).orElse(new byte[0]);
    byte[] oldTrust =
        present.map(s -> SecretData.bytes(s, target.truststore())).orElse(new byte[0]);
    Optional<String> password = password(certificate, config);
    if (password.isEmpty()) {
      keep(data, target.keystore(), old);
      keep(data, target.truststore(), oldTrust);
      return;
    }
    List<X509Certificate> chain = material.chain();
    data.put(
        target.keystore(),
        Keystores.holds(old, target.format(), target.alias(), chain.getFirst(), password.get())
            ? old
            : Keystores.withKey(
                target.format(),
                target.alias(),
                material.pair().getPrivate(),
                chain,
                password.get()));
    List<X509Certificate> trusted = material.trusted();
    if (!trusted.isEmpty()) {
      data.put(
          target.truststore(),
          Keystores.holds(
                  oldTrust,
                  target.format(),
                  target.trustedAlias(),
                  trusted.getFirst(),
                  password.get())
              ? oldTrust
              : Keystores.withTrusted(
                  target.format(), target.trustedAlias(), trusted, password.get()));
    }
  }

  /// What was there is better than nothing: who reads it is not to fail for a password that is
  /// lost.
  private static void keep(Map<String, byte[]> data, String name, byte[] old) {
    if (old.length > 0) {
      data.put(name, old);
    }
  }

  /// The Secrets with passwords that a certificate names, by namespace and name.
  static List<String> passwordsOf(ApiObject certificate) {
    JsonNode keystores = certificate.json().at("/spec/keystores");
    return Stream.of("jks", "pkcs12")
        .map(k -> keystores.path(k).path("passwordSecretRef").path("name").asText(""))
        .filter(name -> !name.isEmpty())
        .map(name -> Ownership.secret(certificate.namespace(), name))
        .distinct()
        .toList();
  }

  /// Empty when it is not to be had; an event tells why, and the keystore waits.
  private Optional<String> password(ApiObject certificate, JsonNode config) {
    String literal = config.path("password").asText("");
    if (!literal.isEmpty()) {
      return Optional.of(literal);
    }
    JsonNode ref = config.path("passwordSecretRef");
    String name = ref.path("name").asText("");
    String key = ref.path("key").asText("");
    Optional<ApiObject> secret =
        name.isEmpty()
            ? Optional.empty()
            : client.find(Resources.SECRETS, certificate.namespace(), name);
    String password =
        secret.map(s -> SecretData.text(s, key.isEmpty() ? "password" : key)).orElse("");
    if (password.isEmpty()) {
      events.warning(
          certificate,
          "KeystorePasswordSecretNotFound",
          "The Secret \"%s\" with the keystore's password is missing, or has no key \"%s\""
              .formatted(name, key));
      return Optional.empty();
    }
    return Optional.of(password);
  }
}
