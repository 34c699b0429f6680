package io.croft.pki.revocation;

import io.croft.pki.CertificateAuthority;
import io.croft.pki.PkiException;
import io.croft.pki.RevokedCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// The certificate revocation lists of authorities (RFC 5280, section 5). A list is made when it is
/// asked for and there is none that is young and complete. Thread-safe.
final class RevocationLists {
  private static final Duration VALID = Duration.ofHours(24);
  private static final Duration YOUNG = Duration.ofHours(1);

  private final InstantSource clock;
  private final Map<String, Made> made = new HashMap<>();
  private long lastNumber;

  /// @param revoked what it was made from
  @SuppressWarnings("ArrayRecordComponent") // written once, never compared
  private record Made(
      CertificateAuthority authority, List<BigInteger> revoked, Instant at, byte[] der) {}

  RevocationLists(InstantSource clock) {
    this.clock = clock;
  }

  /// @param name of the authority and its generation
  /// @return in DER
  synchronized byte[] list(String name, CertificateAuthority authority)
      throws IOException, PkiException {
    Instant now = clock.instant();
    List<RevokedCertificate> revoked =
        authority.registry().revoked().stream()
            .filter(r -> r.generation() == authority.generation())
            .filter(r -> r.purpose() == authority.purpose())
            .filter(r -> now.isBefore(r.notAfter()))
            .toList();
    List<BigInteger> serials = revoked.stream().map(RevokedCertificate::serial).toList();
    Made present = made.get(name);
    if (present == null
        || !present.authority().certificate().equals(authority.certificate())
        || !present.revoked().equals(serials)
        || now.isBefore(present.at())
        || !now.isBefore(present.at().plus(YOUNG))) {
      present = new Made(authority, serials, now, write(authority, revoked, now));
      made.put(name, present);
    }
    return present.der();
  }

  private byte[] write(
      CertificateAuthority authority, List<RevokedCertificate> revoked, Instant now)
      throws IOException, PkiException {
    // Each list has a greater number than the one before it, over restarts too.
    lastNumber = Math.max(lastNumber + 1, now.toEpochMilli());
    try {
      var builder = new JcaX509v2CRLBuilder(authority.certificate(), Date.from(now));
      builder.setNextUpdate(Date.from(now.plus(VALID)));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils()
              .createAuthorityKeyIdentifier(authority.certificate().getPublicKey()));
      builder.addExtension(
          Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(lastNumber)));
      revoked.forEach(
          r -> builder.addCRLEntry(r.serial(), Date.from(r.revoked()), r.reason().code()));
      var signer =
          new JcaContentSignerBuilder(authority.signatureAlgorithm()).build(authority.key());
      return builder.build(signer).getEncoded();
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new PkiException("cannot write a revocation list", e);
    }
  }
}
