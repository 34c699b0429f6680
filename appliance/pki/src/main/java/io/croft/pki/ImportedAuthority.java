package io.croft.pki;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/// A user's own authority, checked to be of use as what our authorities are signed by.
record ImportedAuthority(RootKey root) {
  private static final int KEY_CERT_SIGN = 5;
  private static final int MAX_CHAIN = 10;

  /// @param certificates the authority's, and those above it up to a root, in any order
  /// @param onToken whether the key is to stay on a token
  /// @throws PkiException saying what is wrong, in one line
  static ImportedAuthority check(
      List<X509Certificate> certificates, PrivateKey key, boolean onToken, Instant now)
      throws PkiException {
    if (certificates.size() > MAX_CHAIN) {
      throw new PkiException("the chain has more than %d certificates".formatted(MAX_CHAIN));
    }
    X509Certificate own =
        certificates.stream()
            .filter(c -> KeyPairs.match(key, c.getPublicKey()))
            .findFirst()
            .orElseThrow(() ->
                new PkiException(
                    "the key belongs to none of the certificates, the first of which is of %s"
                        .formatted(name(certificates.getFirst()))));
    checkAuthority(own, 1, now);
    List<X509Certificate> chain = chain(own, certificates);
    for (int above = 1; above < chain.size(); above++) {
      checkAuthority(chain.get(above), above + 1, now);
    }
    return new ImportedAuthority(new RootKey(key, chain, true, onToken));
  }

  private static List<X509Certificate> chain(
      X509Certificate own, List<X509Certificate> certificates) throws PkiException {
    var chain = new ArrayList<X509Certificate>();
    X509Certificate top = own;
    chain.add(top);
    while (!GenerationFiles.isSelfIssued(top)) {
      X509Certificate below = top;
      top =
          certificates.stream()
              .filter(c -> !chain.contains(c) && signed(c, below))
              .findFirst()
              .orElseThrow(() ->
                  new PkiException(
                      "the chain ends at %s; add the certificate of %s, which issued it, and those above up to the root"
                          .formatted(name(below), below.getIssuerX500Principal())));
      chain.add(top);
    }
    if (!signed(top, top)) {
      throw new PkiException("the root %s did not sign itself".formatted(name(top)));
    }
    return chain;
  }

  /// @param below how many authorities there will be below it
  private static void checkAuthority(X509Certificate certificate, int below, Instant now)
      throws PkiException {
    String name = name(certificate);
    int length = certificate.getBasicConstraints();
    boolean[] usage = certificate.getKeyUsage();
    if (length < 0) {
      throw new PkiException(name + " is not a certificate authority (basicConstraints CA)");
    }
    if (usage != null && !usage[KEY_CERT_SIGN]) {
      throw new PkiException(name + " may not sign certificates (keyUsage keyCertSign)");
    }
    if (length < below) {
      throw new PkiException(
          "%s allows a path length of %d below it; wanted is at least %d, for an authority per purpose"
              .formatted(name, length, below));
    }
    if (certificate.getCriticalExtensionOIDs() != null
        && certificate.getCriticalExtensionOIDs().contains("2.5.29.30")) {
      throw new PkiException(
          name + " constrains the names below it (nameConstraints), which is not supported");
    }
    try {
      certificate.checkValidity(Date.from(now));
    } catch (CertificateExpiredException e) {
      throw new PkiException(
          "%s expired at %s".formatted(name, certificate.getNotAfter().toInstant()), e);
    } catch (CertificateNotYetValidException e) {
      throw new PkiException(
          "%s is not valid before %s".formatted(name, certificate.getNotBefore().toInstant()), e);
    }
  }

  private static boolean signed(X509Certificate issuer, X509Certificate below) {
    if (!issuer.getSubjectX500Principal().equals(below.getIssuerX500Principal())) {
      return false;
    }
    try {
      below.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static String name(X509Certificate certificate) {
    return "\"" + certificate.getSubjectX500Principal() + "\"";
  }
}
