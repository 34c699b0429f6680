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
import io.croft.client.Informer;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.pki.PkiException;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.PrivateKeys;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The private key of the certificate that is being issued: it waits in a Secret of its own until
/// the certificate comes.
final class NextKey {
  private static final String BY_OWNER = "next-key-of";
  private static final String STATUS_FIELD = "nextPrivateKeySecretName";

  /// Leaves room for the random end of a name.
  private static final int MAX_PREFIX = 200;

  /// A key and where it is.
  record Kept(String secretName, KeyPair pair) {}

  private final ApiClient client;
  private final Informer secrets;
  private final Events events;

  /// @param secrets the metadata of all Secrets; gets an index
  NextKey(ApiClient client, Informer secrets, Events events) {
    this.client = client;
    this.secrets = secrets;
    secrets.addIndex(BY_OWNER, NextKey::ownerOf);
    this.events = events;
  }

  private static List<String> ownerOf(ApiObject secret) {
    boolean waits = secret.metadata().path("labels").has(Marks.NEXT_PRIVATE_KEY);
    return waits
        ? Ownership.controller(secret).map(o -> List.of(o.uid())).orElse(List.of())
        : List.of();
  }

  /// The key that waits, made if there is none; its name goes into the certificate's status.
  ///
  /// @param present what the certificate's Secret has
  /// @param asked the request that was made with the key, if it has got so far
  /// @return empty when the user has to do something first
  Optional<Kept> ensure(
      ApiObject certificate,
      CertificateSpec spec,
      Optional<ApiObject> present,
      Optional<ApiObject> asked)
      throws PkiException {
    for (ApiObject secret : candidates(certificate, asked)) {
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

  /// Those that wait already: the one that the status names; or else, after a crash that came
  /// before the status was written, the one that the request names, or those that have been seen.
  /// One that was made a moment ago and is named nowhere is overlooked, and goes when the
  /// certificate has come.
  private List<ApiObject> candidates(ApiObject certificate, Optional<ApiObject> asked) {
    var names = new LinkedHashSet<String>();
    names.add(name(certificate));
    asked.ifPresent(r -> names.add(r.annotations().getOrDefault(Marks.PRIVATE_KEY, "")));
    seen(certificate).forEach(secret -> names.add(secret.name()));
    names.remove("");
    return names.stream()
        .flatMap(name -> client.find(Resources.SECRETS, certificate.namespace(), name).stream())
        .filter(s -> Ownership.owns(certificate, s))
        .toList();
  }

  private List<ApiObject> seen(ApiObject certificate) {
    return secrets.byIndex(BY_OWNER, certificate.uid());
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

  /// Takes the key that need not wait any more out of the status.
  ///
  /// @return what is to be deleted once that is written: before, the certificate would be issued
  ///   again after a crash
  List<ApiObject> release(ApiObject certificate) {
    var done = new ArrayList<>(seen(certificate));
    String name = name(certificate);
    if (!name.isEmpty() && done.stream().noneMatch(s -> s.name().equals(name))) {
      client
          .find(Resources.SECRETS, certificate.namespace(), name)
          .filter(s -> Ownership.owns(certificate, s))
          .ifPresent(done::add);
    }
    if (!name.isEmpty()) {
      Conditions.status(certificate).remove(STATUS_FIELD);
    }
    return done;
  }

  void delete(ApiObject secret) {
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
