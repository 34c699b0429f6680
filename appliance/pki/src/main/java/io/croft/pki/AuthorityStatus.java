package io.croft.pki;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/// How a generation of authorities stands.
///
/// @param state in one word
/// @param root which clients trust
/// @param rootKeyHere whether the key of what signed the authorities is in the directory
/// @param authorities those that it has
/// @param inUse certificates of it by which someone may still log in or serve
/// @param unrecordedUntil until when there may be others, which were issued before that was written
///   down; [Instant#MIN] when there are none
public record AuthorityStatus(
    int generation,
    State state,
    X509Certificate root,
    boolean rootKeyHere,
    List<CertificateAuthority> authorities,
    List<IssuedCertificate> inUse,
    Instant unrecordedUntil) {
  /// In the order in which a generation goes through them.
  public enum State {
    /// Trusted, and does not issue yet.
    ANNOUNCED,
    /// Issues.
    CURRENT,
    /// Trusted, and issues no more, but for servers.
    REPLACED,
    /// Trusted, and issues nothing.
    SUPERSEDED
  }

  public AuthorityStatus {
    authorities = List.copyOf(authorities);
    inUse = List.copyOf(inUse);
  }
}
