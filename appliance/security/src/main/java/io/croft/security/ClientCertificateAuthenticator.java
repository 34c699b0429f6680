package io.croft.security;

import io.croft.base.LruMap;
import io.croft.base.Sha256;
import io.croft.base.http.HttpRequest;
import io.croft.pki.CertificateSubject;
import io.croft.security.Authenticator.Outcome.Authenticated;
import io.croft.security.Authenticator.Outcome.NoCredentials;
import io.croft.security.Authenticator.Outcome.Rejected;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Takes the certificate of a TLS client for who it is: its common name is the user, its
/// organizations are the groups, as kube-apiserver has it.
///
/// The TLS layer has verified the chain and the possession of the key. The issuer, the purpose and
/// the validity are looked at again here, for a connection may outlive a certificate, and one
/// mistake in the TLS configuration must not be enough to let a stranger in.
public final class ClientCertificateAuthenticator implements Authenticator {
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";
  private static final int REMEMBERED = 256;

  private final List<X509Certificate> authorities;
  private final Revocation revocation;
  private final InstantSource clock;

  /// Users by certificates whose signatures were verified, the least recently used ones forgotten.
  private final Map<X509Certificate, UserInfo> verified = new LruMap<>(REMEMBERED);

  /// Tells which certificates were taken back.
  @FunctionalInterface
  public interface Revocation {
    /// @throws CertificateException when that cannot be told
    boolean isRevoked(X509Certificate leaf) throws CertificateException;
  }

  /// @param authorities whose certificates are accepted; each issues leaves itself
  /// @param revocation asked at every request
  public ClientCertificateAuthenticator(
      List<X509Certificate> authorities, Revocation revocation, InstantSource clock) {
    this.authorities = List.copyOf(authorities);
    this.revocation = revocation;
    this.clock = clock;
  }

  @Override
  public Outcome authenticate(HttpRequest request) {
    List<X509Certificate> chain = request.peer().certificates();
    if (chain.isEmpty()) {
      String distrust = request.peer().distrust();
      return distrust.isEmpty() ? new NoCredentials() : new Rejected(distrust);
    }
    X509Certificate leaf = chain.getFirst();
    try {
      leaf.checkValidity(Date.from(clock.instant()));
      UserInfo user = userOf(leaf);
      if (revocation.isRevoked(leaf)) {
        return new Rejected("the certificate was revoked");
      }
      return new Authenticated(user, Optional.of(standing(leaf, user)));
    } catch (CertificateException e) {
      return new Rejected(String.valueOf(e.getMessage()));
    }
  }

  /// That it expires ends no answer that has begun, only that it is taken back.
  private Standing standing(X509Certificate leaf, UserInfo user) {
    String key = String.join("", user.extra().getOrDefault(CREDENTIAL_ID, List.of()));
    return Standing.of(
        key,
        () -> {
          try {
            return !revocation.isRevoked(leaf);
          } catch (CertificateException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private UserInfo userOf(X509Certificate leaf) throws CertificateException {
    synchronized (verified) {
      UserInfo known = verified.get(leaf);
      if (known != null) {
        return known;
      }
    }
    requireClientLeaf(leaf);
    requireIssuer(leaf);
    UserInfo user = read(leaf);
    synchronized (verified) {
      verified.put(leaf, user);
    }
    return user;
  }

  private static void requireClientLeaf(X509Certificate leaf) throws CertificateException {
    List<String> purposes = leaf.getExtendedKeyUsage();
    if (leaf.getBasicConstraints() != -1 || purposes == null || !purposes.contains(CLIENT_AUTH)) {
      throw new CertificateParsingException("the certificate is not for a TLS client");
    }
  }

  private void requireIssuer(X509Certificate leaf) throws CertificateException {
    Optional<X509Certificate> issuer =
        authorities.stream()
            .filter(a -> a.getSubjectX500Principal().equals(leaf.getIssuerX500Principal()))
            .filter(a -> signed(a, leaf))
            .findFirst();
    if (issuer.isEmpty()) {
      throw new CertificateException("the certificate was not issued by the client authority");
    }
    issuer.get().checkValidity(Date.from(clock.instant()));
  }

  private static boolean signed(X509Certificate authority, X509Certificate leaf) {
    try {
      leaf.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static UserInfo read(X509Certificate leaf) throws CertificateException {
    CertificateSubject subject = CertificateSubject.of(leaf);
    if (subject.commonName().isEmpty()) {
      throw new CertificateException("the certificate has no common name");
    }
    var groups = new ArrayList<>(subject.organizations());
    if (!groups.contains(UserInfo.AUTHENTICATED)) {
      groups.add(UserInfo.AUTHENTICATED);
    }
    var extra = Map.of(CREDENTIAL_ID, List.of("X509SHA256=" + fingerprint(leaf)));
    return new UserInfo(subject.commonName(), "", groups, extra);
  }

  private static String fingerprint(X509Certificate leaf) throws CertificateException {
    return Sha256.hex(leaf.getEncoded());
  }
}
