package io.croft.certificates.issuing;

import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.RequestSpec;
import io.croft.model.ApiObject;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.Issuance;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.PrivateKeys;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import io.croft.pki.x509.Subject.Attribute;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A certificate of an authority that nobody knows, for servers that do not start without one while
/// the true one is on its way.
final class TemporaryCertificate {
  private final TargetSecret target;
  private final InstantSource clock;

  TemporaryCertificate(TargetSecret target, InstantSource clock) {
    this.target = target;
    this.clock = clock;
  }

  /// Whether the certificate asks for one and has nothing better.
  boolean wanted(ApiObject certificate, KeyPairState present) {
    return "true".equals(certificate.annotations().get(Marks.TEMPORARY))
        && present instanceof KeyPairState.Broken;
  }

  ApiObject write(
      ApiObject certificate,
      CertificateSpec spec,
      ApiObject asked,
      NextKey.Kept key,
      Optional<ApiObject> present)
      throws PkiException {
    var material =
        new Material(PrivateKeys.encode(key.pair(), spec.encoding()), Pem.encode(sign(asked)), "");
    return target.write(certificate, spec, material, Optional.empty(), present);
  }

  /// By an authority that is forgotten at once.
  private X509Certificate sign(ApiObject asked) throws PkiException {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    RequestSpec spec = RequestSpec.of(asked);
    KeyPair authority = new KeyKind(KeyKind.Algorithm.ECDSA, 256).generate();
    var wish =
        new SigningRequest.Wish(
            Subject.of(Map.of(Attribute.COMMON_NAME, List.of("cert-manager.local"))),
            AlternativeNames.NONE,
            Set.of(),
            null,
            "");
    X509Certificate root =
        new Issuance(
                SigningRequest.create(authority, wish),
                now,
                spec.duration(),
                true,
                Set.of(),
                Issuance.Pointers.NONE)
            .selfSigned(authority);
    return new Issuance(
            spec.signingRequest(),
            now,
            spec.duration(),
            spec.authority(),
            spec.usages(),
            Issuance.Pointers.NONE)
        .signedBy(authority.getPrivate(), root);
  }
}
