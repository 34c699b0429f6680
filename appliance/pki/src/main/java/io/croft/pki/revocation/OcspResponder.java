package io.croft.pki.revocation;

import io.croft.pki.CertificateAuthority;
import io.croft.pki.Identity;
import io.croft.pki.IssuedCertificate;
import io.croft.pki.PkiException;
import io.croft.pki.Profile;
import io.croft.pki.RevokedCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.Req;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.UnknownStatus;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/// Answers what is revoked (RFC 6960). Each authority has others sign for it, with a key that is
/// made here, certified for days, and never leaves memory. Thread-safe.
final class OcspResponder {
  /// How long an answer may be relied on.
  private static final Duration VALID = Duration.ofHours(1);

  private static final Duration RESPONDER_LIFE = Duration.ofDays(7);
  private static final Duration RESPONDER_USED = Duration.ofDays(3);

  /// More than any client asks about at a time.
  private static final int MAX_ASKED = 16;

  /// RFC 9654, section 2.1.
  private static final int MAX_NONCE = 128;

  private final InstantSource clock;
  private final Map<BigInteger, Delegate> delegates = new HashMap<>();

  private record Delegate(Identity identity, Instant made) {}

  OcspResponder(InstantSource clock) {
    this.clock = clock;
  }

  /// @param issuers whose certificates may be asked about
  /// @param der an `OCSPRequest`
  /// @return an `OCSPResponse`, which may be a refusal
  byte[] answer(byte[] der, List<CertificateAuthority> issuers) throws IOException, PkiException {
    try {
      OCSPReq request = new OCSPReq(der);
      Req[] asked = request.getRequestList();
      Optional<Extension> nonce =
          Optional.ofNullable(request.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce));
      if (asked.length == 0 || asked.length > MAX_ASKED || !acceptable(nonce)) {
        return refusal(OCSPRespBuilder.MALFORMED_REQUEST);
      }
      Optional<CertificateAuthority> issuer = issuer(asked[0].getCertID(), issuers);
      return issuer.isPresent()
          ? answer(asked, nonce, issuer.get())
          : refusal(OCSPRespBuilder.UNAUTHORIZED);
    } catch (OCSPException | OperatorCreationException | CertificateEncodingException e) {
      throw new PkiException("cannot answer what is revoked", e);
    }
  }

  /// Reading is lazy in parts, so that nonsense comes to light in many ways.
  static boolean readable(byte[] der) {
    try {
      for (Req asked : new OCSPReq(der).getRequestList()) {
        BigInteger serial = asked.getCertID().getSerialNumber();
        byte[] hash = asked.getCertID().getIssuerNameHash();
        if (serial == null || hash.length == 0) {
          return false;
        }
      }
      return true;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  static byte[] refusal(int status) throws PkiException {
    try {
      return new OCSPRespBuilder().build(status, null).getEncoded();
    } catch (OCSPException | IOException e) {
      throw new PkiException("cannot refuse to answer", e);
    }
  }

  private static boolean acceptable(Optional<Extension> nonce) {
    try {
      return nonce.isEmpty() || within(ASN1OctetString.getInstance(nonce.get().getParsedValue()));
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static boolean within(ASN1OctetString nonce) {
    return nonce.getOctetsLength() > 0 && nonce.getOctetsLength() <= MAX_NONCE;
  }

  private static Optional<CertificateAuthority> issuer(
      CertificateID id, List<CertificateAuthority> issuers)
      throws OCSPException, OperatorCreationException, CertificateEncodingException {
    var digests = new JcaDigestCalculatorProviderBuilder().build();
    for (CertificateAuthority issuer : issuers) {
      if (matches(id, new JcaX509CertificateHolder(issuer.certificate()), digests)) {
        return Optional.of(issuer);
      }
    }
    return Optional.empty();
  }

  private static boolean matches(
      CertificateID id,
      X509CertificateHolder issuer,
      org.bouncycastle.operator.DigestCalculatorProvider digests) {
    try {
      return id.matchesIssuer(issuer, digests);
    } catch (OCSPException e) {
      return false; // a digest that nobody has
    }
  }

  /// All that is asked must be of one issuer, as one key signs the answer; RFC 5019 asks for no
  /// more.
  private byte[] answer(Req[] asked, Optional<Extension> nonce, CertificateAuthority issuer)
      throws IOException,
          PkiException,
          OCSPException,
          OperatorCreationException,
          CertificateEncodingException {
    Instant now = clock.instant();
    Identity delegate = delegate(issuer, now);
    var certificate = new JcaX509CertificateHolder(delegate.leaf());
    var builder = new BasicOCSPRespBuilder(new RespID(certificate.getSubject()));
    for (Req one : asked) {
      boolean same = issuer(one.getCertID(), List.of(issuer)).isPresent();
      CertificateStatus status =
          same ? status(one.getCertID().getSerialNumber(), issuer, now) : new UnknownStatus();
      builder.addResponse(
          one.getCertID(), status, Date.from(now), Date.from(now.plus(VALID)), null);
    }
    nonce.ifPresent(extension -> builder.setResponseExtensions(new Extensions(extension)));
    var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(delegate.key());
    var answer = builder.build(signer, new X509CertificateHolder[] {certificate}, Date.from(now));
    OCSPResp response = new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, answer);
    return response.getEncoded();
  }

  private static CertificateStatus status(
      BigInteger serial, CertificateAuthority issuer, Instant now)
      throws IOException, PkiException {
    for (RevokedCertificate revoked : issuer.registry().revoked()) {
      if (revoked.serial().equals(serial)) {
        return new RevokedStatus(Date.from(revoked.revoked()), revoked.reason().code());
      }
    }
    for (IssuedCertificate issued : issuer.registry().issued()) {
      if (issued.serial().equals(serial)) {
        return CertificateStatus.GOOD;
      }
    }
    return issuer.mayHaveIssuedUnrecorded(now) ? CertificateStatus.GOOD : new UnknownStatus();
  }

  private synchronized Identity delegate(CertificateAuthority issuer, Instant now)
      throws PkiException {
    BigInteger serial = issuer.certificate().getSerialNumber();
    Delegate present = delegates.get(serial);
    if (present == null
        || now.isBefore(present.made())
        || !now.isBefore(present.made().plus(RESPONDER_USED))) {
      delegates.values().removeIf(d -> !now.isBefore(d.made().plus(RESPONDER_LIFE)));
      present = new Delegate(issuer.responder(new Profile.OcspResponder(RESPONDER_LIFE)), now);
      delegates.put(serial, present);
    }
    return present.identity();
  }
}
