package io.croft.pki.x509;

import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// What a certificate shall say besides what was asked for by the request.
///
/// @param notBefore cut to seconds
/// @param usages what the key may be used for; an authority's may sign certificates anyway
public record Issuance(
    SigningRequest request,
    Instant notBefore,
    Duration life,
    boolean authority,
    Set<Usage> usages,
    Pointers pointers) {
  private static final SecureRandom RANDOM = new SecureRandom();

  /// Where more can be learned about the issuer.
  public record Pointers(
      List<String> crlDistributionPoints,
      List<String> ocspServers,
      List<String> issuingCertificateUrls) {
    public static final Pointers NONE = new Pointers(List.of(), List.of(), List.of());

    public Pointers {
      crlDistributionPoints = List.copyOf(crlDistributionPoints);
      ocspServers = List.copyOf(ocspServers);
      issuingCertificateUrls = List.copyOf(issuingCertificateUrls);
    }
  }

  public Issuance {
    usages = Set.copyOf(usages);
  }

  /// Signs with the key that is certified.
  ///
  /// @throws PkiException when it cannot be written, or the key is another
  public X509Certificate selfSigned(KeyPair pair) throws PkiException {
    if (!request.publicKey().equals(pair.getPublic())) {
      throw new PkiException("the private key is not the one of the request");
    }
    return write(pair.getPrivate(), pair.getPublic(), request.subject().name());
  }

  /// Signs with an authority's key.
  public X509Certificate signedBy(PrivateKey key, X509Certificate issuer) throws PkiException {
    X500Name name = X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded());
    return write(key, issuer.getPublicKey(), name);
  }

  private X509Certificate write(PrivateKey key, PublicKey issuerKey, X500Name issuer)
      throws PkiException {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              new BigInteger(127, RANDOM).add(BigInteger.ONE),
              Date.from(notBefore),
              Date.from(notBefore.plus(life)),
              request.subject().name(),
              request.publicKey());
      addUsages(builder);
      addIdentifiers(builder, issuerKey);
      for (Extension extension : request.carriedOver()) {
        if (authority || !extension.getExtnId().equals(Extension.nameConstraints)) {
          builder.addExtension(whollyNamed(extension));
        }
      }
      addPointers(builder);
      var signer = new JcaContentSignerBuilder(Signatures.algorithm(issuerKey)).build(key);
      return Pem.certificate(builder.build(signer).getEncoded());
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | IllegalArgumentException e) {
      throw new PkiException("cannot issue the certificate: " + e.getMessage(), e);
    }
  }

  /// Where there is no subject, the alternative names are critical (RFC 5280, 4.2.1.6), whatever
  /// was asked for: Java does not read such a certificate otherwise.
  private Extension whollyNamed(Extension asked) {
    boolean alone =
        asked.getExtnId().equals(Extension.subjectAlternativeName)
            && request.subject().name().getRDNs().length == 0;
    return alone ? new Extension(asked.getExtnId(), true, asked.getExtnValue()) : asked;
  }

  private void addUsages(X509v3CertificateBuilder builder) throws CertIOException {
    var all = new HashSet<>(usages.isEmpty() ? Usage.DEFAULT : usages);
    if (authority) {
      all.add(Usage.CERT_SIGN);
    }
    KeyUsage bits = Usage.bits(all);
    if (bits != null) {
      builder.addExtension(Extension.keyUsage, true, bits);
    }
    ExtendedKeyUsage purposes = Usage.purposes(all);
    if (purposes != null) {
      builder.addExtension(Extension.extendedKeyUsage, false, purposes);
    }
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
  }

  private void addIdentifiers(X509v3CertificateBuilder builder, PublicKey issuerKey)
      throws CertIOException, GeneralSecurityException {
    var utilities = new JcaX509ExtensionUtils();
    builder
        .addExtension(
            Extension.subjectKeyIdentifier,
            false,
            utilities.createSubjectKeyIdentifier(request.publicKey()))
        .addExtension(
            Extension.authorityKeyIdentifier,
            false,
            utilities.createAuthorityKeyIdentifier(issuerKey));
  }

  private void addPointers(X509v3CertificateBuilder builder) throws CertIOException {
    List<String> lists = pointers.crlDistributionPoints();
    if (!lists.isEmpty()) {
      var points =
          lists.stream()
              .map(url -> new DistributionPointName(new GeneralNames(url(url))))
              .map(name -> new DistributionPoint(name, null, null))
              .toArray(DistributionPoint[]::new);
      builder.addExtension(Extension.cRLDistributionPoints, false, new CRLDistPoint(points));
    }
    var access = new ArrayList<AccessDescription>();
    pointers
        .ocspServers()
        .forEach(u -> access.add(new AccessDescription(AccessDescription.id_ad_ocsp, url(u))));
    pointers
        .issuingCertificateUrls()
        .forEach(u -> access.add(new AccessDescription(AccessDescription.id_ad_caIssuers, url(u))));
    if (!access.isEmpty()) {
      builder.addExtension(
          Extension.authorityInfoAccess,
          false,
          new AuthorityInformationAccess(access.toArray(AccessDescription[]::new)));
    }
  }

  private static GeneralName url(String url) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, new DERIA5String(url));
  }
}
