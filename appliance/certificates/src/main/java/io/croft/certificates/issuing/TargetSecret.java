package io.croft.certificates.issuing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.pki.PkiException;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.CertificateChain;
import io.croft.pki.x509.Subject;
import io.croft.pki.x509.Subject.Attribute;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The Secret that a certificate is issued into. Written by server-side apply under upstream's
/// name, so that what is no longer wanted goes and what others added stays.
final class TargetSecret {
  static final String FIELD_MANAGER = "cert-manager-certificates-issuing";

  private static final Map<Attribute, String> SUBJECT_MARKS = subjectMarks();

  private final ApiClient client;
  private final OutputFormats formats;

  /// @param client writes under [#FIELD_MANAGER]
  TargetSecret(ApiClient client, OutputFormats formats) {
    this.client = client;
    this.formats = formats;
  }

  private static Map<Attribute, String> subjectMarks() {
    var marks = new LinkedHashMap<Attribute, String>();
    marks.put(Attribute.ORGANIZATION, "subject-organizations");
    marks.put(Attribute.ORGANIZATIONAL_UNIT, "subject-organizationalunits");
    marks.put(Attribute.COUNTRY, "subject-countries");
    marks.put(Attribute.PROVINCE, "subject-provinces");
    marks.put(Attribute.LOCALITY, "subject-localities");
    marks.put(Attribute.POSTAL_CODE, "subject-postalcodes");
    marks.put(Attribute.STREET_ADDRESS, "subject-streetaddresses");
    marks.put(Attribute.SERIAL_NUMBER, "subject-serialnumber");
    return marks;
  }

  /// Writes what was issued.
  ///
  /// @param issuer as the request names it; empty for a certificate that is to be replaced soon
  ApiObject write(
      ApiObject certificate,
      CertificateSpec spec,
      Material material,
      Optional<IssuerRef> issuer,
      Optional<ApiObject> present)
      throws PkiException {
    return client.apply(Resources.SECRETS, wanted(certificate, spec, material, issuer, present));
  }

  /// Brings labels, annotations and further formats in line with the spec, if they are not.
  void refresh(ApiObject certificate, CertificateSpec spec, ApiObject secret) throws PkiException {
    Map<String, String> marks = secret.annotations();
    boolean known = marks.containsKey(Marks.ISSUER_NAME);
    var issuer =
        new IssuerRef(
            marks.getOrDefault(Marks.ISSUER_NAME, ""),
            marks.getOrDefault(Marks.ISSUER_KIND, ""),
            marks.getOrDefault(Marks.ISSUER_GROUP, ""));
    var material =
        new Material(
            SecretData.text(secret, SecretData.KEY),
            SecretData.text(secret, SecretData.CERTIFICATE),
            SecretData.text(secret, SecretData.CA));
    ApiObject wanted =
        wanted(
            certificate,
            spec,
            material,
            known ? Optional.of(issuer) : Optional.empty(),
            Optional.of(secret));
    if (!upToDate(wanted, secret)) {
      client.apply(Resources.SECRETS, wanted);
    }
  }

  private ApiObject wanted(
      ApiObject certificate,
      CertificateSpec spec,
      Material material,
      Optional<IssuerRef> issuer,
      Optional<ApiObject> present)
      throws PkiException {
    JsonNode template = spec.json().path("secretTemplate");
    var labels = new LinkedHashMap<>(Ownership.texts(template.path("labels")));
    labels.put(Marks.FAO, "true");
    var annotations = new LinkedHashMap<>(Ownership.texts(template.path("annotations")));
    annotations.put(Marks.CERTIFICATE_NAME, certificate.name());
    issuer.ifPresent(ref -> {
      annotations.put(Marks.ISSUER_NAME, ref.name());
      annotations.put(Marks.ISSUER_KIND, ref.kind());
      annotations.put(Marks.ISSUER_GROUP, ref.group());
    });
    describe(annotations, material);
    ApiObject secret =
        ApiObject.of(Json.object().put("apiVersion", "v1").put("kind", "Secret"))
            .setName(spec.secretName())
            .setNamespace(certificate.namespace())
            .setLabels(labels)
            .setAnnotations(annotations);
    secret
        .json()
        .put(
            "type", present.map(s -> s.json().path("type").asText("")).orElse("kubernetes.io/tls"));
    ObjectNode data = secret.json().putObject("data");
    data.put(SecretData.KEY, SecretData.encode(material.key()));
    data.put(SecretData.CERTIFICATE, SecretData.encode(material.certificate()));
    if (!material.ca().isEmpty()) {
      data.put(SecretData.CA, SecretData.encode(material.ca()));
    }
    formats
        .of(certificate, spec, material, present)
        .forEach((key, bytes) -> data.put(key, SecretData.encode(bytes)));
    return secret;
  }

  /// Says what the certificate is about, for those who cannot read it.
  private static void describe(Map<String, String> annotations, Material material)
      throws PkiException {
    var leaf = material.chain().getFirst();
    Subject subject = CertificateChain.subject(leaf);
    AlternativeNames names = CertificateChain.names(leaf);
    annotations.put(Marks.PREFIX + "common-name", subject.commonName());
    annotations.put(Marks.PREFIX + "alt-names", csv(names.dnsNames()));
    annotations.put(Marks.PREFIX + "ip-sans", csv(names.ipAddresses()));
    annotations.put(Marks.PREFIX + "uri-sans", csv(names.uris()));
    putUnlessEmpty(annotations, "email-sans", names.emailAddresses());
    SUBJECT_MARKS.forEach(
        (attribute, mark) -> putUnlessEmpty(annotations, mark, subject.values(attribute)));
  }

  private static void putUnlessEmpty(
      Map<String, String> annotations, String mark, List<String> values) {
    if (!values.isEmpty()) {
      annotations.put(Marks.PREFIX + mark, csv(values));
    }
  }

  private static String csv(List<String> values) {
    return String.join(
        ",",
        values.stream()
            .map(v -> v.contains(",") || v.contains("\"") ? '"' + v.replace("\"", "\"\"") + '"' : v)
            .toList());
  }

  /// Whether the Secret has all that is wanted, and nothing that was applied earlier and is not.
  private static boolean upToDate(ApiObject wanted, ApiObject secret) {
    JsonNode owned = owned(secret);
    return owned.isObject()
        && matches(wanted.json().path("data"), secret.json().path("data"), owned.path("f:data"))
        && matches(
            wanted.metadata().path("labels"),
            secret.metadata().path("labels"),
            owned.path("f:metadata").path("f:labels"))
        && matches(
            wanted.metadata().path("annotations"),
            secret.metadata().path("annotations"),
            owned.path("f:metadata").path("f:annotations"));
  }

  private static boolean matches(JsonNode wanted, JsonNode present, JsonNode owned) {
    Set<String> keys = new HashSet<>();
    for (var entry : wanted.properties()) {
      keys.add("f:" + entry.getKey());
      if (!entry.getValue().equals(present.path(entry.getKey()))) {
        return false;
      }
    }
    Set<String> ownedKeys = new HashSet<>();
    owned.fieldNames().forEachRemaining(ownedKeys::add);
    ownedKeys.remove(".");
    return keys.equals(ownedKeys);
  }

  /// The fields that were applied under our name.
  private static JsonNode owned(ApiObject secret) {
    for (JsonNode entry : secret.metadata().path("managedFields")) {
      if (entry.path("manager").asText("").equals(FIELD_MANAGER)
          && entry.path("operation").asText("").equals("Apply")) {
        return entry.path("fieldsV1");
      }
    }
    return Json.object().path("none");
  }
}
