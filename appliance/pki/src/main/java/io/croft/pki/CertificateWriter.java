package io.croft.pki;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Writes and signs certificates (RFC 5280). Apart from the rest, so that Bouncy Castle is loaded
/// only when there is something to issue.
final class CertificateWriter {
  /// For clients whose clocks are behind.
  private static final Duration BACK_DATED = Duration.ofMinutes(5);

  private static final SecureRandom RANDOM = new SecureRandom();

  private CertificateWriter() {}

  /// A self-signed root, below which there is one more authority at most.
  static X509Certificate root(KeyPair pair, String commonName, Instant now, Duration ttl) {
    X500Name name = commonName(commonName);
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              name,
              serial(),
              Date.from(now.minus(BACK_DATED)),
              Date.from(now.plus(ttl)),
              name,
              pair.getPublic());
      addAuthorityExtensions(builder, pair.getPublic(), 1);
      return sign(builder, pair.getPrivate(), pair.getPublic());
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("cannot write the certificate of " + commonName, e);
    }
  }

  /// An authority that may issue leaves for one purpose, but no further authorities.
  ///
  /// @throws PkiException when the issuer has expired
  static X509Certificate authority(
      PrivateKey issuerKey,
      X509Certificate issuer,
      PublicKey subject,
      String commonName,
      Purpose purpose,
      Instant now,
      Duration ttl)
      throws PkiException {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              nameOf(issuer),
              serial(),
              Date.from(now.minus(BACK_DATED)),
              Date.from(end(issuer, now, ttl)),
              commonName(commonName),
              subject);
      addAuthorityExtensions(builder, subject, 0);
      var purposes =
          new KeyPurposeId[] {
            purpose.ofServers() ? KeyPurposeId.id_kp_serverAuth : KeyPurposeId.id_kp_clientAuth,
            KeyPurposeId.id_kp_OCSPSigning
          };
      builder
          .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes))
          .addExtension(Extension.authorityKeyIdentifier, false, issuerIdentifier(issuer));
      return sign(builder, issuerKey, issuer.getPublicKey());
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new PkiException("cannot issue the certificate of " + commonName, e);
    }
  }

  /// When we wrote a certificate.
  static Instant issued(X509Certificate certificate) {
    return certificate.getNotBefore().toInstant().plus(BACK_DATED);
  }

  private static X500Name commonName(String text) {
    return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, text).build();
  }

  private static X500Name nameOf(X509Certificate issuer) {
    return X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded());
  }

  /// As the issuer's own certificate says, or derived from its key where that says nothing.
  private static AuthorityKeyIdentifier issuerIdentifier(X509Certificate issuer)
      throws GeneralSecurityException {
    byte[] own = issuer.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    if (own == null) {
      return new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuer.getPublicKey());
    }
    byte[] content = ASN1OctetString.getInstance(own).getOctets();
    return new AuthorityKeyIdentifier(SubjectKeyIdentifier.getInstance(content).getKeyIdentifier());
  }

  private static void addAuthorityExtensions(
      X509v3CertificateBuilder builder, PublicKey subject, int pathLength)
      throws CertIOException, GeneralSecurityException {
    var usage = new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature);
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(pathLength))
        .addExtension(Extension.keyUsage, true, usage)
        .addExtension(Extension.subjectKeyIdentifier, false, keyIdentifier(subject));
  }

  /// @throws PkiException when the issuer has expired
  private static Instant end(X509Certificate issuer, Instant now, Duration ttl)
      throws PkiException {
    Instant issuerEnd = issuer.getNotAfter().toInstant();
    if (!now.isBefore(issuerEnd)) {
      throw new PkiException(
          "cannot issue a certificate: the authority \"%s\" expired at %s"
              .formatted(issuer.getSubjectX500Principal(), issuerEnd));
    }
    Instant end = now.plus(ttl);
    return end.isBefore(issuerEnd) ? end : issuerEnd;
  }

  /// @param pointers where to learn whether it was revoked
  /// @throws PkiException when the issuer has expired
  static X509Certificate issue(
      PrivateKey issuerKey,
      X509Certificate issuer,
      Profile profile,
      PublicKey subject,
      Optional<RevocationPointers> pointers,
      Instant now)
      throws PkiException {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              nameOf(issuer),
              serial(),
              Date.from(now.minus(BACK_DATED)),
              Date.from(end(issuer, now, profile.ttl())),
              subjectName(profile),
              subject);
      addLeafExtensions(builder, issuer, subject);
      addPurpose(builder, profile);
      if (pointers.isPresent()) {
        pointers.get().addTo(builder);
      }
      return sign(builder, issuerKey, issuer.getPublicKey());
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new PkiException("cannot issue a certificate: " + e.getMessage(), e);
    }
  }

  private static X500Name subjectName(Profile profile) {
    var name = new X500NameBuilder(BCStyle.INSTANCE);
    return switch (profile) {
      case Profile.Server server -> name.addRDN(BCStyle.CN, text(server.commonName())).build();
      case Profile.OcspResponder _ -> name.addRDN(BCStyle.CN, text("croft OCSP responder")).build();
      case Profile.Client client -> {
        client.groups().forEach(group -> name.addRDN(BCStyle.O, text(group)));
        yield name.addRDN(BCStyle.CN, text(client.user())).build();
      }
    };
  }

  /// As it is: given as a `String`, the library would take characters in it for escapes.
  private static ASN1Encodable text(String value) {
    return new DERUTF8String(value);
  }

  private static void addLeafExtensions(
      X509v3CertificateBuilder builder, X509Certificate issuer, PublicKey subject)
      throws CertIOException, GeneralSecurityException {
    boolean rsa = subject.getAlgorithm().equals("RSA");
    var usage = new KeyUsage(KeyUsage.digitalSignature | (rsa ? KeyUsage.keyEncipherment : 0));
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(Extension.keyUsage, true, usage)
        .addExtension(Extension.subjectKeyIdentifier, false, keyIdentifier(subject))
        .addExtension(Extension.authorityKeyIdentifier, false, issuerIdentifier(issuer));
  }

  private static void addPurpose(X509v3CertificateBuilder builder, Profile profile)
      throws CertIOException {
    switch (profile) {
      case Profile.Server server -> {
        var purpose = new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth);
        builder
            .addExtension(Extension.extendedKeyUsage, false, purpose)
            .addExtension(Extension.subjectAlternativeName, false, generalNames(server.names()));
      }
      case Profile.OcspResponder _ ->
          builder
              .addExtension(
                  Extension.extendedKeyUsage,
                  false,
                  new ExtendedKeyUsage(KeyPurposeId.id_kp_OCSPSigning))
              .addExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nocheck, false, DERNull.INSTANCE);
      case Profile.Client _ -> {
        var purpose = new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth);
        builder.addExtension(Extension.extendedKeyUsage, false, purpose);
      }
    }
  }

  private static GeneralNames generalNames(ServerNames names) {
    List<GeneralName> general = new ArrayList<>();
    names.dns().forEach(name -> general.add(new GeneralName(GeneralName.dNSName, name)));
    names.addresses().forEach(ip -> general.add(new GeneralName(GeneralName.iPAddress, ip)));
    return new GeneralNames(general.toArray(GeneralName[]::new));
  }

  private static X509Certificate sign(
      X509v3CertificateBuilder builder, PrivateKey key, PublicKey verifiedBy)
      throws OperatorCreationException, GeneralSecurityException {
    var signer = new JcaContentSignerBuilder(KeyPairs.signatureAlgorithm(verifiedBy)).build(key);
    return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
  }

  private static SubjectKeyIdentifier keyIdentifier(PublicKey key) throws GeneralSecurityException {
    return new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key);
  }

  /// 128 random bits, positive as RFC 5280 demands.
  private static BigInteger serial() {
    return new BigInteger(128, RANDOM).add(BigInteger.ONE);
  }
}
