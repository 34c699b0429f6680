package io.croft.pki;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A key whose word others take for who someone is. Thread-safe.
public final class CertificateAuthority {
  private final Issuer issuer;
  private final List<X509Certificate> trusted;
  private final Surroundings surroundings;

  /// Who issues.
  ///
  /// @param generation to which it belongs
  /// @param chain the certificate that goes with `key`, then those above it without the root; the
  ///   root alone when that issues itself
  record Issuer(int generation, Purpose purpose, PrivateKey key, List<X509Certificate> chain) {
    Issuer {
      chain = List.copyOf(chain);
    }

    X509Certificate certificate() {
      return chain.getFirst();
    }

    /// Never shows the key.
    @Override
    public String toString() {
      return "Issuer[%d %s]".formatted(generation, purpose);
    }
  }

  /// What all authorities share.
  record Surroundings(Registry registry, Optional<String> publicUrl, InstantSource clock) {}

  /// @param trusted what those who trust this authority verify with
  CertificateAuthority(Issuer issuer, List<X509Certificate> trusted, Surroundings surroundings) {
    this.issuer = issuer;
    this.trusted = List.copyOf(trusted);
    this.surroundings = surroundings;
  }

  public Purpose purpose() {
    return issuer.purpose();
  }

  /// With which others it was made, and is replaced.
  public int generation() {
    return issuer.generation();
  }

  /// The certificate that new certificates are signed with.
  public X509Certificate certificate() {
    return issuer.certificate();
  }

  /// What those who trust this authority verify with; more than one while it is replaced. For
  /// servers these are roots, for all else the authorities themselves.
  public List<X509Certificate> trusted() {
    return trusted;
  }

  /// For what this authority itself has to sign.
  public PrivateKey key() {
    return issuer.key();
  }

  /// The JCA name of the signatures that it makes.
  public String signatureAlgorithm() {
    return KeyPairs.signatureAlgorithm(issuer.key());
  }

  /// Whether there may be living certificates that it issued before that was written down.
  public boolean mayHaveIssuedUnrecorded(Instant now) throws IOException {
    return surroundings
        .registry()
        .unrecordedUntil(CertificateWriter.issued(certificate()))
        .filter(now::isBefore)
        .isPresent();
  }

  /// What it has issued and taken back.
  public Registry registry() {
    return surroundings.registry();
  }

  /// Certifies a key that someone else holds.
  ///
  /// @return the certificate and those that lead from it to the root, without that
  /// @throws PkiException when this authority's own certificate has expired, or what it issues
  ///   cannot be written down
  public List<X509Certificate> issue(Profile profile, PublicKey subject) throws PkiException {
    X509Certificate certificate = certify(profile, subject);
    try {
      surroundings
          .registry()
          .add(
              IssuedCertificate.of(
                  certificate, generation(), purpose(), surroundings.clock().instant()));
    } catch (IOException e) {
      throw new PkiException("cannot write down that a certificate is issued: " + e, e);
    }
    return chain(certificate);
  }

  /// Takes back a certificate that it has issued.
  ///
  /// @throws PkiException when that cannot be written down
  public void revoke(X509Certificate leaf, RevokedCertificate.Reason reason) throws PkiException {
    var entry =
        new RevokedCertificate(
            surroundings.clock().instant(),
            generation(),
            purpose(),
            leaf.getSerialNumber(),
            leaf.getNotAfter().toInstant(),
            reason);
    try {
      surroundings.registry().revoke(List.of(entry));
    } catch (IOException e) {
      throw new PkiException("cannot write down that a certificate is revoked: " + e, e);
    }
  }

  /// Makes a key and certifies it.
  ///
  /// @throws PkiException when this authority's own certificate has expired
  public Identity issue(Profile profile) throws PkiException {
    KeyPair pair = KeyPairs.generate();
    return new Identity(pair.getPrivate(), issue(profile, pair.getPublic()));
  }

  /// Makes a key and certifies it as one that speaks for this authority on what is revoked. It is
  /// not written down, as it cannot be revoked.
  ///
  /// @throws PkiException when this authority's own certificate has expired
  public Identity responder(Profile.OcspResponder profile) throws PkiException {
    KeyPair pair = KeyPairs.generate();
    return new Identity(pair.getPrivate(), List.of(certify(profile, pair.getPublic())));
  }

  private X509Certificate certify(Profile profile, PublicKey subject) throws PkiException {
    Optional<RevocationPointers> pointers =
        profile instanceof Profile.OcspResponder
            ? Optional.empty()
            : surroundings
                .publicUrl()
                .map(url ->
                    new RevocationPointers(
                        "%s/pki/crl/%d/%s".formatted(url, generation(), purpose().text()),
                        url + "/pki/ocsp"));
    return CertificateWriter.issue(
        issuer.key(), certificate(), profile, subject, pointers, surroundings.clock().instant());
  }

  private List<X509Certificate> chain(X509Certificate leaf) {
    var chain = new ArrayList<X509Certificate>();
    chain.add(leaf);
    for (X509Certificate above : issuer.chain()) {
      if (!above.getSubjectX500Principal().equals(above.getIssuerX500Principal())) {
        chain.add(above);
      }
    }
    return List.copyOf(chain);
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
