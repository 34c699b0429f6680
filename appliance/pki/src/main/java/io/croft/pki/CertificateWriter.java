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
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
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

  /// A self-signed authority that may issue leaves but no further authorities.
  static X509Certificate authority(KeyPair pair, String commonName, Instant now, Duration ttl) {
    X500Name name = new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, commonName).build();
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              name,
              serial(),
              Date.from(now.minus(BACK_DATED)),
              Date.from(now.plus(ttl)),
              name,
              pair.getPublic());
      var usage = new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature);
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
          .addExtension(Extension.keyUsage, true, usage)
          .addExtension(Extension.subjectKeyIdentifier, false, keyIdentifier(pair.getPublic()));
      return sign(builder, pair.getPrivate());
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("cannot write the certificate of " + commonName, e);
    }
  }

  static X509Certificate issue(
      PrivateKey issuerKey, X509Certificate issuer, Profile profile, PublicKey subject, Instant now)
      throws PkiException {
    Instant issuerEnd = issuer.getNotAfter().toInstant();
    if (!now.isBefore(issuerEnd)) {
      throw new PkiException(
          "cannot issue a certificate: the authority \"%s\" expired at %s"
              .formatted(issuer.getSubjectX500Principal(), issuerEnd));
    }
    Instant end = now.plus(profile.ttl());
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded()),
              serial(),
              Date.from(now.minus(BACK_DATED)),
              Date.from(end.isBefore(issuerEnd) ? end : issuerEnd),
              subjectName(profile),
              subject);
      addLeafExtensions(builder, issuer, subject);
      addPurpose(builder, profile);
      return sign(builder, issuerKey);
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new PkiException("cannot issue a certificate: " + e.getMessage(), e);
    }
  }

  private static X500Name subjectName(Profile profile) {
    var name = new X500NameBuilder(BCStyle.INSTANCE);
    return switch (profile) {
      case Profile.Server server -> name.addRDN(BCStyle.CN, text(server.commonName())).build();
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
    var issuerIdentifier =
        new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuer.getPublicKey());
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(Extension.keyUsage, true, usage)
        .addExtension(Extension.subjectKeyIdentifier, false, keyIdentifier(subject))
        .addExtension(Extension.authorityKeyIdentifier, false, issuerIdentifier);
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

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws OperatorCreationException, GeneralSecurityException {
    var signer = new JcaContentSignerBuilder(KeyPairs.signatureAlgorithm(key)).build(key);
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
