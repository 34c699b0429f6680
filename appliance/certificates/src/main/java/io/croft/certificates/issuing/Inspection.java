package io.croft.certificates.issuing;

import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.RequestSpec;
import io.croft.model.ApiObject;
import io.croft.pki.PkiException;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.CertificateChain;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.Subject;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Looks at a certificate and what there is of it, and tells the first thing that is wrong.
///
/// @param request of the current revision; empty when it was deleted, or there never was one
record Inspection(
    ApiObject certificate,
    CertificateSpec spec,
    Optional<ApiObject> secret,
    KeyPairState pair,
    Optional<ApiObject> request,
    Instant now) {
  /// Why it must be issued; empty when it need not be.
  Optional<Finding> due() {
    return wrong().or(this::renewal);
  }

  /// Why it is not ready; empty when it is.
  Optional<Finding> unready() {
    return wrong().or(this::expiry);
  }

  private Optional<Finding> wrong() {
    if (pair instanceof KeyPairState.Complete complete) {
      return otherIssuer()
          .or(this::otherCertificate)
          .or(() -> otherKey(complete))
          .or(() -> otherRequest(complete));
    }
    return pair instanceof KeyPairState.Broken broken
        ? Optional.of(broken.finding())
        : Optional.empty();
  }

  private Optional<Finding> otherIssuer() {
    Map<String, String> marks = secret.orElseThrow().annotations();
    var issued =
        new IssuerRef(
            marks.getOrDefault(Marks.ISSUER_NAME, ""),
            marks.getOrDefault(Marks.ISSUER_KIND, ""),
            marks.getOrDefault(Marks.ISSUER_GROUP, ""));
    if (issued.same(spec.issuerRef())) {
      return Optional.empty();
    }
    String message =
        issued.name().isEmpty()
            ? "the Secret does not say which issuer its certificate comes from"
            : "the Secret's certificate comes from the issuer " + issued;
    return Optional.of(new Finding("IncorrectIssuer", message));
  }

  private Optional<Finding> otherCertificate() {
    String owner = secret.orElseThrow().annotations().get(Marks.CERTIFICATE_NAME);
    return owner == null || owner.equals(certificate.name())
        ? Optional.empty()
        : Optional.of(
            new Finding(
                "IncorrectCertificate",
                "the Secret belongs to the Certificate \"%s\"; two Certificates must not have the same secretName"
                    .formatted(owner)));
  }

  private Optional<Finding> otherKey(KeyPairState.Complete complete) {
    try {
      KeyKind present = KeyKind.of(complete.pair().getPublic());
      return present.equals(spec.keyKind())
          ? Optional.empty()
          : mismatch(
              "the private key is %s, and spec.privateKey wants %s"
                  .formatted(present, spec.keyKind()));
    } catch (PkiException e) {
      return mismatch(String.valueOf(e.getMessage()));
    }
  }

  private Optional<Finding> otherRequest(KeyPairState.Complete complete) {
    try {
      if (request.isEmpty()) {
        return roughly(complete);
      }
      RequestSpec asked = RequestSpec.of(request.get());
      if (!asked.signingRequest().publicKey().equals(complete.pair().getPublic())) {
        return mismatch("the private key is not the one that was certified last");
      }
      List<String> differences = asked.differences(spec);
      return differences.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new Finding(
                  "RequestChanged",
                  "changed since it was issued: " + String.join(", ", differences)));
    } catch (PkiException e) {
      return Optional.of(
          new Finding("RequestChanged", "cannot compare with its request: " + e.getMessage()));
    }
  }

  /// Without the request only the certificate itself can be compared, and issuers may have added to
  /// or left out of it.
  private Optional<Finding> roughly(KeyPairState.Complete complete) throws PkiException {
    AlternativeNames wanted = spec.names();
    AlternativeNames issued = CertificateChain.names(complete.leaf());
    Subject subject = CertificateChain.subject(complete.leaf());
    Set<String> names = new HashSet<>(issued.dnsNames());
    names.add(subject.commonName());
    Set<String> wantedNames = new HashSet<>(wanted.dnsNames());
    String commonName = spec.json().path("commonName").asText("");
    if (!commonName.isEmpty()) {
      wantedNames.add(commonName);
    }
    boolean same =
        names.containsAll(wantedNames)
            && sameSet(wanted.ipAddresses(), issued.ipAddresses())
            && sameSet(wanted.uris(), issued.uris())
            && sameSet(wanted.emailAddresses(), issued.emailAddresses());
    return same ? Optional.empty() : mismatch("the certificate has other names than the spec");
  }

  private static boolean sameSet(Collection<String> one, Collection<String> other) {
    return Set.copyOf(one).equals(Set.copyOf(other));
  }

  private static Optional<Finding> mismatch(String message) {
    return Optional.of(new Finding("SecretMismatch", message));
  }

  private Optional<Finding> renewal() {
    Optional<Instant> renewal = renewalTime();
    return renewal.isPresent() && !now.isBefore(renewal.get())
        ? Optional.of(
            new Finding("Renewing", "renewal was due at " + Conditions.format(renewal.get())))
        : Optional.empty();
  }

  private Optional<Finding> expiry() {
    if (pair instanceof KeyPairState.Complete complete) {
      Instant end = complete.leaf().getNotAfter().toInstant();
      if (now.isAfter(end)) {
        return Optional.of(
            new Finding("Expired", "the certificate expired at " + Conditions.format(end)));
      }
    }
    return Optional.empty();
  }

  /// Empty when it will not be renewed, or there is nothing to renew.
  Optional<Instant> renewalTime() {
    if (!(pair instanceof KeyPairState.Complete complete)) {
      return Optional.empty();
    }
    Renewal renewal = Renewal.of(spec);
    return SuggestedWindow.of(certificate, complete.leaf())
        .flatMap(window -> window.pick(complete.leaf()))
        .map(time -> renewal.advised(complete.leaf(), time))
        .orElseGet(() -> renewal.time(complete.leaf()));
  }

  /// Whether it will be renewed at a time that its owner did not want.
  boolean missesWindows() {
    return renewalTime().filter(RenewalWindows.of(spec.json().path("renewal"))::misses).isPresent();
  }
}
