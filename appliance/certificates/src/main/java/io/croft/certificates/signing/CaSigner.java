package io.croft.certificates.signing;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Resources;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.pki.PkiException;
import io.croft.pki.x509.CertificateChain;
import io.croft.pki.x509.Issuance;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// Authorities whose key lies in a Secret. The Secret is only ever read.
public final class CaSigner implements Signer {
  private final ApiClient client;
  private final InstantSource clock;

  public CaSigner(ApiClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  @Override
  public String type() {
    return "ca";
  }

  @Override
  public boolean local() {
    return true;
  }

  @Override
  public Readiness check(ApiObject issuer, String secrets) {
    String name = secretName(issuer);
    Optional<ApiObject> secret = client.find(Resources.SECRETS, secrets, name);
    if (secret.isEmpty()) {
      return new Readiness(
          false,
          "ErrGetKeyPair",
          "the Secret \"%s\" of the authority is missing in the namespace \"%s\""
              .formatted(name, secrets));
    }
    Authority authority;
    try {
      authority = Authority.read(secret.get());
    } catch (PkiException e) {
      return new Readiness(false, "ErrGetKeyPair", unusable(name, e));
    }
    if (authority.certificate().getBasicConstraints() < 0) {
      return new Readiness(
          false,
          "ErrInvalidKeyPair",
          "the certificate in the Secret \"%s\" is not that of an authority (isCA)"
              .formatted(name));
    }
    return new Readiness(
        true, "KeyPairVerified", "The key and the certificate of the authority fit");
  }

  private static String unusable(String name, PkiException e) {
    return "the Secret \"%s\" of the authority cannot be used: %s".formatted(name, e.getMessage());
  }

  /// The name of the authority's Secret; empty of issuers of other types.
  static String secretName(ApiObject issuer) {
    return issuer.json().at("/spec/ca/secretName").asText("");
  }

  @Override
  public Outcome sign(Order order) {
    String name = secretName(order.issuer());
    Optional<ApiObject> secret = client.find(Resources.SECRETS, order.secrets(), name);
    if (secret.isEmpty()) {
      return new Outcome.Pending(
          "SecretMissing", "the Secret \"%s\" of the authority is missing".formatted(name));
    }
    Authority authority;
    try {
      authority = Authority.read(secret.get());
    } catch (PkiException e) {
      return new Outcome.Pending("SecretInvalidData", unusable(name, e));
    }
    try {
      X509Certificate leaf =
          issuance(order).signedBy(authority.pair().getPrivate(), authority.certificate());
      CertificateChain chain = CertificateChain.of(leaf, authority.known());
      return new Outcome.Issued(chain.servedPem(), chain.topPem());
    } catch (PkiException e) {
      return new Outcome.Failed("SigningError", String.valueOf(e.getMessage()));
    }
  }

  private Issuance issuance(Order order) throws PkiException {
    JsonNode ca = order.issuer().json().at("/spec/ca");
    return new Issuance(
        order.spec().signingRequest(),
        clock.instant().truncatedTo(ChronoUnit.SECONDS),
        order.spec().duration(),
        order.spec().authority(),
        order.spec().usages(),
        new Issuance.Pointers(
            CertificateSpec.texts(ca.path("crlDistributionPoints")),
            CertificateSpec.texts(ca.path("ocspServers")),
            CertificateSpec.texts(ca.path("issuingCertificateURLs"))));
  }
}
