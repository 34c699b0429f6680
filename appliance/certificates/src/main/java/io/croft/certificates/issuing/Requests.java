package io.croft.certificates.issuing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Sha256;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Conditions.Condition;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.RequestSpec;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.Informer;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.pki.PkiException;
import io.croft.pki.x509.SigningRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The requests that a certificate makes, one per revision.
final class Requests {
  static final String BY_OWNER = "owner";

  private static final int MAX_NAME = 233;
  private static final List<String> NOT_COPIED =
      List.of("kubectl.kubernetes.io/", "fluxcd.io/", "argocd.argoproj.io/");

  private final ApiClient client;
  private final Informer requests;
  private final Events events;

  /// @param requests with the index [#BY_OWNER]
  Requests(ApiClient client, Informer requests, Events events) {
    this.client = client;
    this.requests = requests;
    this.events = events;
  }

  /// The value of the index under which requests are found by their owner.
  static List<String> ownerOf(ApiObject request) {
    return Ownership.controller(request).map(o -> List.of(o.uid())).orElse(List.of());
  }

  static int revision(ApiObject certificate) {
    return certificate.json().path("status").path("revision").asInt(0);
  }

  /// The request of a revision, if it is there and the certificate's own.
  Optional<ApiObject> find(ApiObject certificate, int revision) {
    return client
        .find(Resources.REQUESTS, certificate.namespace(), name(certificate, revision))
        .filter(r -> Ownership.owns(certificate, r))
        .filter(r -> Integer.toString(revision).equals(r.annotations().get(Marks.REVISION)));
  }

  /// Long names are told apart by a digest.
  static String name(ApiObject certificate, int revision) {
    String end = "-" + revision;
    String name = certificate.name();
    if (name.length() + end.length() <= MAX_NAME) {
      return name + end;
    }
    String digest = digest(name);
    return name.substring(0, MAX_NAME - digest.length() - end.length() - 1) + "-" + digest + end;
  }

  private static String digest(String name) {
    byte[] sha = Sha256.of(name.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(sha, 0, 8);
  }

  /// The request of the next revision, made when there is none, or none that still fits.
  Optional<ApiObject> ensure(
      ApiObject certificate, CertificateSpec spec, NextKey.Kept key, Optional<ApiObject> present)
      throws PkiException {
    if (present.isPresent()) {
      if (fits(certificate, spec, key, present.get())) {
        return present;
      }
      delete(present.get());
    }
    return create(certificate, spec, key);
  }

  private static boolean fits(
      ApiObject certificate, CertificateSpec spec, NextKey.Kept key, ApiObject request) {
    try {
      RequestSpec asked = RequestSpec.of(request);
      return asked.signingRequest().publicKey().equals(key.pair().getPublic())
          && asked.differences(spec).isEmpty()
          && !failedBefore(certificate, request);
    } catch (PkiException e) {
      return false;
    }
  }

  /// Whether it failed in an earlier attempt than the one that is under way.
  private static boolean failedBefore(ApiObject certificate, ApiObject request) {
    Optional<Condition> issuing = Conditions.find(certificate, Conditions.ISSUING);
    Optional<Instant> failure = Conditions.time(request.json().path("status").path("failureTime"));
    return issuing.isPresent()
        && failure.isPresent()
        && failure.get().isBefore(issuing.get().since());
  }

  private Optional<ApiObject> create(ApiObject certificate, CertificateSpec spec, NextKey.Kept key)
      throws PkiException {
    int revision = revision(certificate) + 1;
    SigningRequest signing = SigningRequest.create(key.pair(), spec.wish());
    ApiObject request =
        ApiObject.of(
                Json.object()
                    .put("apiVersion", Resources.GROUP + "/v1")
                    .put("kind", "CertificateRequest"))
            .setName(name(certificate, revision))
            .setNamespace(certificate.namespace())
            .setLabels(certificate.labels())
            .setAnnotations(annotations(certificate, revision, key))
            .setOwnerReferences(List.of(Ownership.reference(certificate)));
    ObjectNode asked = request.json().putObject("spec");
    asked.put("request", SecretData.encode(signing.pem()));
    asked.set("issuerRef", spec.issuerRef().toJson());
    copy(spec.json(), asked, "duration");
    copy(spec.json(), asked, "usages");
    if (spec.authority()) {
      asked.put("isCA", true);
    }
    try {
      ApiObject created = client.create(Resources.REQUESTS, request);
      events.normal(
          certificate,
          "Requested",
          "Created new CertificateRequest resource \"%s\"".formatted(created.name()));
      return Optional.of(created);
    } catch (StatusException e) {
      events.warning(
          certificate, "RequestFailed", "Cannot create a CertificateRequest: " + e.getMessage());
      throw e;
    }
  }

  private static void copy(JsonNode from, ObjectNode to, String field) {
    if (from.hasNonNull(field)) {
      to.set(field, from.path(field).deepCopy());
    }
  }

  private static Map<String, String> annotations(
      ApiObject certificate, int revision, NextKey.Kept key) {
    var annotations = new LinkedHashMap<String, String>();
    certificate
        .annotations()
        .forEach((name, value) -> {
          if (NOT_COPIED.stream().noneMatch(name::startsWith)) {
            annotations.put(name, value);
          }
        });
    annotations.put(Marks.CERTIFICATE_NAME, certificate.name());
    annotations.put(Marks.REVISION, Integer.toString(revision));
    annotations.put(Marks.PRIVATE_KEY, key.secretName());
    return annotations;
  }

  /// Deletes the oldest of those that are more than the certificate wants to keep.
  void prune(ApiObject certificate, CertificateSpec spec) {
    List<ApiObject> kept =
        requests.byIndex(BY_OWNER, certificate.uid()).stream()
            .filter(r -> revisionOf(r) > 0)
            .sorted(Comparator.comparingInt(Requests::revisionOf))
            .toList();
    kept.subList(0, Math.max(0, kept.size() - spec.revisionHistory())).forEach(this::delete);
  }

  private static int revisionOf(ApiObject request) {
    try {
      return Integer.parseInt(request.annotations().getOrDefault(Marks.REVISION, "0"));
    } catch (NumberFormatException e) {
      return 0; // someone else's text
    }
  }

  private void delete(ApiObject request) {
    try {
      client.delete(
          Resources.REQUESTS,
          request.namespace(),
          request.name(),
          DeleteOptions.DEFAULT.withUid(request.uid()));
    } catch (StatusException e) {
      if (!Resources.notFound(e)) {
        throw e;
      }
    }
  }
}
