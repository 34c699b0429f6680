package io.croft.pki;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;

/// A key whose word others take for who someone is. Thread-safe.
public final class CertificateAuthority {
  private final PrivateKey key;
  private final List<X509Certificate> trusted;
  private final InstantSource clock;

  /// @param trusted the certificate that goes with `key`, then others that are trusted as well
  CertificateAuthority(PrivateKey key, List<X509Certificate> trusted, InstantSource clock) {
    this.key = key;
    this.trusted = List.copyOf(trusted);
    this.clock = clock;
  }

  /// The certificate that new certificates are verified with.
  public X509Certificate certificate() {
    return trusted.getFirst();
  }

  /// What those who trust this authority verify with; more than one while it is replaced.
  public List<X509Certificate> trusted() {
    return trusted;
  }

  /// Certifies a key that someone else holds.
  ///
  /// @throws PkiException when this authority's own certificate has expired
  public X509Certificate issue(Profile profile, PublicKey subject) throws PkiException {
    return CertificateWriter.issue(key, certificate(), profile, subject, clock.instant());
  }

  /// Makes a key and certifies it.
  ///
  /// @throws PkiException when this authority's own certificate has expired
  public Identity issue(Profile profile) throws PkiException {
    KeyPair pair = KeyPairs.generate();
    return new Identity(pair.getPrivate(), List.of(issue(profile, pair.getPublic())));
  }

  /// Whether this authority's present key signed a certificate. Says nothing about its validity.
  public boolean issued(X509Certificate certificate) {
    if (!certificate.getIssuerX500Principal().equals(certificate().getSubjectX500Principal())) {
      return false;
    }
    try {
      certificate.verify(certificate().getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
