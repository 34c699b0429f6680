package io.croft.certificates.issuing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.ListOptions;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.pki.PkiException;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.PrivateKeys;
import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The private key of the certificate that is being issued: it waits in a Secret of its own until
/// the certificate comes.
final class NextKey {
  private static final String STATUS_FIELD = "nextPrivateKeySecretName";

  /// Leaves room for the random end of a name.
  private static final int MAX_PREFIX = 200;

  /// A key and where it is.
  record Kept(String secretName, KeyPair pair) {}

  private final ApiClient client;
  private final Events events;

  NextKey(ApiClient client, Events events) {
    this.client = client;
    this.events = events;
  }

  /// The key that waits, made if there is none; its name goes into the certificate's status.
  ///
  /// @param present what the certificate's Secret has
  /// @return empty when the user has to do something first
  Optional<Kept> ensure(ApiObject certificate, CertificateSpec spec, Optional<ApiObject> present)
      throws PkiException {
    for (ApiObject secret : candidates(certificate)) {
      Optional<KeyPair> pair = usable(certificate, spec, secret);
      if (pair.isPresent()) {
        Conditions.status(certificate).put(STATUS_FIELD, secret.name());
        return Optional.of(new Kept(secret.name(), pair.get()));
      }
      delete(secret);
    }
    Optional<KeyPair> pair =
        spec.rotatesKey()
            ? Optional.of(spec.keyKind().generate())
            : reused(certificate, spec, present);
    return pair.isEmpty() ? Optional.empty() : Optional.of(keep(certificate, pair.get()));
  }

  /// Those that wait already. Asked of the server, as one that was made a moment ago must not be
  /// overlooked.
  private List<ApiObject> candidates(ApiObject certificate) {
    String named = name(certificate);
    if (!named.isEmpty()) {
      Optional<ApiObject> secret = client.find(Resources.SECRETS, certificate.namespace(), named);
      if (secret.isPresent() && Ownership.owns(certificate, secret.get())) {
        return List.of(secret.get());
      }
    }
    return client
        .listAll(
            Resources.SECRETS,
            certificate.namespace(),
            ListOptions.ALL.withLabelSelector(Marks.NEXT_PRIVATE_KEY + "=true"))
        .items()
        .stream()
        .filter(s -> Ownership.owns(certificate, s))
        .toList();
  }

  private static String name(ApiObject certificate) {
    return certificate.json().path("status").path(STATUS_FIELD).asText("");
  }

  private Optional<KeyPair> usable(ApiObject certificate, CertificateSpec spec, ApiObject secret) {
    try {
      KeyPair pair = PrivateKeys.parse(SecretData.text(secret, SecretData.KEY));
      return KeyKind.of(pair.getPublic()).equals(spec.keyKind())
          ? Optional.of(pair)
          : Optional.empty();
    } catch (PkiException e) {
      events.warning(
          certificate,
          "DecodeFailed",
          "The private key in the Secret \"%s\" cannot be read; another is made"
              .formatted(secret.name()));
      return Optional.empty();
    }
  }

  /// The key that is in use, where the user wants to keep it.
  private Optional<KeyPair> reused(
      ApiObject certificate, CertificateSpec spec, Optional<ApiObject> present)
      throws PkiException {
    String text = present.map(s -> SecretData.text(s, SecretData.KEY)).orElse("");
    if (text.isEmpty()) {
      return Optional.of(spec.keyKind().generate());
    }
    String problem;
    try {
      KeyPair pair = PrivateKeys.parse(text);
      KeyKind kind = KeyKind.of(pair.getPublic());
      if (kind.equals(spec.keyKind())) {
        events.normal(
            certificate,
            "Reused",
            "The private key in the Secret \"%s\" is used again".formatted(spec.secretName()));
        return Optional.of(pair);
      }
      problem = "is " + kind + ", and spec.privateKey wants " + spec.keyKind();
    } catch (PkiException e) {
      problem = String.valueOf(e.getMessage());
    }
    events.warning(
        certificate,
        "CannotRegenerateKey",
        ("The private key in the Secret \"%s\" %s. It is not replaced, as rotationPolicy is Never:"
                + " delete the Secret, or change the policy")
            .formatted(spec.secretName(), problem));
    return Optional.empty();
  }

  private Kept keep(ApiObject certificate, KeyPair pair) throws PkiException {
    String name = certificate.name();
    ApiObject secret =
        ApiObject.of(Json.object().put("apiVersion", "v1").put("kind", "Secret"))
            .setNamespace(certificate.namespace())
            .setGenerateName(name.substring(0, Math.min(MAX_PREFIX, name.length())) + "-")
            .setLabels(Map.of(Marks.NEXT_PRIVATE_KEY, "true", Marks.FAO, "true"))
            .setOwnerReferences(List.of(Ownership.reference(certificate)));
    ObjectNode data = secret.json().put("type", "Opaque").putObject("data");
    data.put(
        SecretData.KEY, SecretData.encode(PrivateKeys.encode(pair, PrivateKeys.Encoding.PKCS8)));
    ApiObject stored = client.create(Resources.SECRETS, secret);
    Conditions.status(certificate).put(STATUS_FIELD, stored.name());
    events.normal(
        certificate,
        "Generated",
        "Stored new private key in temporary Secret resource \"%s\"".formatted(stored.name()));
    return new Kept(stored.name(), pair);
  }

  /// Deletes the key that waited, once it need not wait any more, and its name in the status.
  void forget(ApiObject certificate) {
    String name = name(certificate);
    if (name.isEmpty()) {
      return;
    }
    client
        .find(Resources.SECRETS, certificate.namespace(), name)
        .filter(s -> Ownership.owns(certificate, s))
        .ifPresent(this::delete);
    Conditions.status(certificate).remove(STATUS_FIELD);
  }

  private void delete(ApiObject secret) {
    try {
      client.delete(
          Resources.SECRETS,
          secret.namespace(),
          secret.name(),
          DeleteOptions.DEFAULT.withUid(secret.uid()));
    } catch (StatusException e) {
      if (!Resources.notFound(e)) {
        throw e;
      }
    }
  }
}
