package io.croft.certificates.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.croft.model.ApiObject;
import io.croft.pki.PkiException;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.NameConstraintSet;
import io.croft.pki.x509.PrivateKeys;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import io.croft.pki.x509.Subject.Attribute;
import io.croft.pki.x509.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a `Certificate` asks for, with the defaults that are never written into it.
///
/// @param json the object's `spec`
public record CertificateSpec(JsonNode json) {
  public static final Duration DEFAULT_DURATION = Duration.ofDays(90);

  private static final Map<Attribute, String> SUBJECT_FIELDS =
      Map.of(
          Attribute.COUNTRY, "countries",
          Attribute.ORGANIZATION, "organizations",
          Attribute.ORGANIZATIONAL_UNIT, "organizationalUnits",
          Attribute.LOCALITY, "localities",
          Attribute.PROVINCE, "provinces",
          Attribute.STREET_ADDRESS, "streetAddresses",
          Attribute.POSTAL_CODE, "postalCodes");

  /// The JDK's words for `signatureAlgorithm`.
  private static final Map<String, String> SIGNATURES =
      Map.of(
          "SHA256WithRSA", "SHA256withRSA",
          "SHA384WithRSA", "SHA384withRSA",
          "SHA512WithRSA", "SHA512withRSA",
          "ECDSAWithSHA256", "SHA256withECDSA",
          "ECDSAWithSHA384", "SHA384withECDSA",
          "ECDSAWithSHA512", "SHA512withECDSA",
          "PureEd25519", "Ed25519");

  public static CertificateSpec of(ApiObject certificate) {
    return new CertificateSpec(certificate.json().path("spec"));
  }

  public String secretName() {
    return json.path("secretName").asText("");
  }

  public IssuerRef issuerRef() {
    return IssuerRef.of(json.path("issuerRef"));
  }

  public boolean authority() {
    return json.path("isCA").asBoolean(false);
  }

  public KeyKind keyKind() {
    JsonNode key = json.path("privateKey");
    int size = key.path("size").asInt(0);
    return switch (key.path("algorithm").asText("")) {
      case "ECDSA" -> new KeyKind(KeyKind.Algorithm.ECDSA, size == 0 ? 256 : size);
      case "Ed25519" -> new KeyKind(KeyKind.Algorithm.ED25519, 256);
      default -> new KeyKind(KeyKind.Algorithm.RSA, size == 0 ? 2048 : size);
    };
  }

  public PrivateKeys.Encoding encoding() {
    return json.path("privateKey").path("encoding").asText("").equals("PKCS8")
        ? PrivateKeys.Encoding.PKCS8
        : PrivateKeys.Encoding.PKCS1;
  }

  /// Whether every certificate gets a key of its own.
  public boolean rotatesKey() {
    return !json.path("privateKey").path("rotationPolicy").asText("").equals("Never");
  }

  /// How many requests are kept.
  public int revisionHistory() {
    return Math.max(1, json.path("revisionHistoryLimit").asInt(1));
  }

  /// What is written, which may be nothing.
  public Set<Usage> usages() {
    return usages(json.path("usages"));
  }

  /// What goes into a request: the usual ones where none are given; an authority signs.
  public Set<Usage> requestedUsages() {
    return requested(usages(), authority());
  }

  static Set<Usage> requested(Set<Usage> given, boolean authority) {
    var usages = EnumSet.noneOf(Usage.class);
    usages.addAll(given.isEmpty() ? Usage.DEFAULT : given);
    if (authority) {
      usages.add(Usage.CERT_SIGN);
    }
    return Usage.canonical(usages);
  }

  static Set<Usage> usages(JsonNode list) {
    var usages = EnumSet.noneOf(Usage.class);
    list.forEach(u -> Usage.named(u.asText("")).ifPresent(usages::add));
    return usages;
  }

  /// @throws PkiException when the literal subject cannot be read
  public Subject subject() throws PkiException {
    String literal = json.path("literalSubject").asText("");
    if (!literal.isEmpty()) {
      return Subject.literal(literal);
    }
    JsonNode fields = json.path("subject");
    var values = new EnumMap<Attribute, List<String>>(Attribute.class);
    SUBJECT_FIELDS.forEach((attribute, field) -> values.put(attribute, texts(fields.path(field))));
    values.put(Attribute.COMMON_NAME, List.of(json.path("commonName").asText("")));
    values.put(Attribute.SERIAL_NUMBER, List.of(fields.path("serialNumber").asText("")));
    return Subject.of(values);
  }

  /// @throws PkiException when one of them is not what it is said to be
  public AlternativeNames names() throws PkiException {
    var others = new ArrayList<AlternativeNames.Other>();
    for (JsonNode other : json.path("otherNames")) {
      others.add(
          new AlternativeNames.Other(
              other.path("oid").asText(""), other.path("utf8Value").asText("")));
    }
    try {
      return new AlternativeNames(
          texts(json.path("dnsNames")),
          texts(json.path("ipAddresses")),
          texts(json.path("uris")),
          texts(json.path("emailAddresses")),
          others);
    } catch (IllegalArgumentException e) {
      throw new PkiException("ipAddresses: " + e.getMessage(), e);
    }
  }

  /// The request for a certificate of this kind.
  public SigningRequest.Wish wish() throws PkiException {
    boolean encoded = json.path("encodeUsagesInRequest").asBoolean(true);
    return new SigningRequest.Wish(
        subject(),
        names(),
        encoded ? requestedUsages() : Set.of(),
        constraints(),
        SIGNATURES.getOrDefault(json.path("signatureAlgorithm").asText(""), ""));
  }

  private @Nullable NameConstraintSet constraints() {
    JsonNode constraints = json.path("nameConstraints");
    if (!constraints.isObject() || !authority()) {
      return null;
    }
    return new NameConstraintSet(
        constraints.path("critical").asBoolean(false),
        constrained(constraints.path("permitted")),
        constrained(constraints.path("excluded")));
  }

  private static NameConstraintSet.Names constrained(JsonNode names) {
    return new NameConstraintSet.Names(
        texts(names.path("dnsDomains")),
        texts(names.path("ipRanges")),
        texts(names.path("emailAddresses")),
        texts(names.path("uriDomains")));
  }

  public Duration duration() {
    return duration(json.path("duration"), DEFAULT_DURATION);
  }

  /// @param otherwise what counts when nothing is written, or nothing that can be read
  public static Duration duration(JsonNode text, Duration otherwise) {
    try {
      return text.isTextual() ? GoDuration.parse(text.asText()) : otherwise;
    } catch (IllegalArgumentException e) {
      return otherwise;
    }
  }

  /// The texts of a list, in order.
  public static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    if (list instanceof ArrayNode) {
      list.forEach(t -> texts.add(t.asText("")));
    }
    return List.copyOf(texts);
  }
}
