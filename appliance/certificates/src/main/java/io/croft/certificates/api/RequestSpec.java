package io.croft.certificates.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.ApiObject;
import io.croft.pki.PkiException;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import io.croft.pki.x509.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/// What a `CertificateRequest` asks for.
///
/// @param json the object's `spec`
public record RequestSpec(JsonNode json) {
  public static RequestSpec of(ApiObject request) {
    return new RequestSpec(request.json().path("spec"));
  }

  public IssuerRef issuerRef() {
    return IssuerRef.of(json.path("issuerRef"));
  }

  public boolean authority() {
    return json.path("isCA").asBoolean(false);
  }

  public Duration duration() {
    return CertificateSpec.duration(json.path("duration"), CertificateSpec.DEFAULT_DURATION);
  }

  /// What is written, which may be nothing.
  public Set<Usage> usages() {
    return CertificateSpec.usages(json.path("usages"));
  }

  /// The usual ones where none are given; an authority signs.
  public Set<Usage> grantedUsages() {
    return CertificateSpec.requested(usages(), authority());
  }

  /// @throws PkiException when it cannot be read
  public SigningRequest signingRequest() throws PkiException {
    try {
      byte[] pem = Base64.getDecoder().decode(json.path("request").asText(""));
      return SigningRequest.parse(new String(pem, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new PkiException("the certificate request is not Base64", e);
    }
  }

  /// The fields of a Certificate in which it asks for something else than this request did; empty
  /// when it asks for the same.
  public List<String> differences(CertificateSpec certificate) throws PkiException {
    SigningRequest request = signingRequest();
    var differences = new ArrayList<String>();
    addNames(differences, certificate, request);
    addSubject(differences, certificate, request.subject());
    if (authority() != certificate.authority()) {
      differences.add("spec.isCA");
    }
    if (!grantedUsages().equals(certificate.requestedUsages())) {
      differences.add("spec.usages");
    }
    if (json.hasNonNull("duration")
        && certificate.json().hasNonNull("duration")
        && !duration().equals(certificate.duration())) {
      differences.add("spec.duration");
    }
    if (!issuerRef().same(certificate.issuerRef())) {
      differences.add("spec.issuerRef");
    }
    return differences;
  }

  private static void addNames(
      List<String> differences, CertificateSpec certificate, SigningRequest request)
      throws PkiException {
    var wanted = certificate.names();
    var asked = request.names();
    if (!sameSet(wanted.dnsNames(), asked.dnsNames())) {
      differences.add("spec.dnsNames");
    }
    if (!sameSet(wanted.ipAddresses(), asked.ipAddresses())) {
      differences.add("spec.ipAddresses");
    }
    if (!sameSet(wanted.uris(), asked.uris())) {
      differences.add("spec.uris");
    }
    if (!sameSet(wanted.emailAddresses(), asked.emailAddresses())) {
      differences.add("spec.emailAddresses");
    }
    if (!sameSet(wanted.otherNames(), asked.otherNames())) {
      differences.add("spec.otherNames");
    }
  }

  private static boolean sameSet(List<?> one, List<?> other) {
    return Set.copyOf(one).equals(Set.copyOf(other));
  }

  private static void addSubject(
      List<String> differences, CertificateSpec certificate, Subject asked) throws PkiException {
    Subject wanted = certificate.subject();
    if (!certificate.json().path("literalSubject").asText("").isEmpty()) {
      if (!Arrays.equals(wanted.der(), asked.der())) {
        differences.add("spec.literalSubject");
      }
      return;
    }
    if (!wanted.commonName().equals(asked.commonName())) {
      differences.add("spec.commonName");
    } else if (!wanted.sameValues(asked)) {
      differences.add("spec.subject");
    }
  }
}
