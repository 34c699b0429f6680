package io.croft.certificates.issuing;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Marks;
import io.croft.client.Informer;
import io.croft.model.ApiObject;
import io.croft.model.OwnerReference;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What belongs to which certificate.
final class Ownership {
  static final String BY_SECRET = "secret";

  private static final Comparator<ApiObject> OLDEST =
      Comparator.<ApiObject, Instant>comparing(
              c -> Optional.ofNullable(c.creationTimestamp()).orElse(Instant.MAX))
          .thenComparing(ApiObject::name);

  private Ownership() {}

  /// The value of the index under which certificates are found by their Secret.
  static List<String> secretOf(ApiObject certificate) {
    return List.of(secret(certificate.namespace(), CertificateSpec.of(certificate).secretName()));
  }

  static String secret(String namespace, String name) {
    return namespace + "/" + name;
  }

  /// Whether a certificate may write its Secret, which others may name too: the one that the Secret
  /// names goes first, then the oldest.
  static boolean mayWrite(
      ApiObject certificate, Optional<ApiObject> secret, Informer certificates) {
    String key = secretOf(certificate).getFirst();
    List<ApiObject> rivals =
        certificates.byIndex(BY_SECRET, key).stream()
            .filter(c -> !c.uid().equals(certificate.uid()))
            .filter(c -> c.deletionTimestamp() == null)
            .toList();
    if (rivals.isEmpty()) {
      return true;
    }
    String named =
        secret.map(s -> s.annotations().getOrDefault(Marks.CERTIFICATE_NAME, "")).orElse("");
    if (named.equals(certificate.name())) {
      return true;
    }
    if (rivals.stream().anyMatch(r -> r.name().equals(named))) {
      return false;
    }
    return rivals.stream().allMatch(r -> OLDEST.compare(certificate, r) < 0);
  }

  /// Who has an object made, if it has a controller.
  static Optional<OwnerReference> controller(ApiObject object) {
    return object.ownerReferences().stream().filter(OwnerReference::controller).findFirst();
  }

  static boolean owns(ApiObject certificate, ApiObject object) {
    return controller(object).filter(o -> o.uid().equals(certificate.uid())).isPresent();
  }

  static OwnerReference reference(ApiObject certificate) {
    return new OwnerReference(
        certificate.apiVersion(),
        certificate.kind(),
        certificate.name(),
        certificate.uid(),
        true,
        true);
  }

  static Map<String, String> texts(JsonNode map) {
    var texts = new LinkedHashMap<String, String>();
    map.properties().forEach(e -> texts.put(e.getKey(), e.getValue().asText("")));
    return texts;
  }
}
