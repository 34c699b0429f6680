package io.croft.gateway;

import io.croft.base.http.Peer;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who is at the other end of one connection. The certificate is verified with the first request,
/// on that request's thread, and the result is kept for the life of the connection: whether a
/// certificate has expired meanwhile is for the authenticator to check. Thread-safe.
final class ClientIdentity {
  private static final Logger LOG = LoggerFactory.getLogger(ClientIdentity.class);

  /// @param peer without certificates when there are none that are trusted
  /// @param untrusted whether a certificate was offered that is not trusted
  record Verdict(Peer peer, boolean untrusted) {}

  private final String address;
  private final SSLEngine engine;
  private final ClientVerifier verifier;
  private volatile @Nullable Verdict verdict;

  ClientIdentity(InetSocketAddress remote, SSLEngine engine, ClientVerifier verifier) {
    this.address = remote.getAddress().getHostAddress();
    this.engine = engine;
    this.verifier = verifier;
  }

  /// Two first requests at once may both verify, with the same result.
  Verdict verdict() {
    var known = verdict;
    if (known == null) {
      known = judge();
      verdict = known;
    }
    return known;
  }

  private Verdict judge() {
    List<X509Certificate> chain = offered();
    if (chain.isEmpty()) {
      return new Verdict(new Peer(address, List.of()), false);
    }
    try {
      verifier.verify(chain.toArray(X509Certificate[]::new));
      return new Verdict(new Peer(address, chain), false);
    } catch (CertificateException e) {
      LOG.atInfo()
          .addKeyValue("address", address)
          .addKeyValue("subject", chain.getFirst().getSubjectX500Principal())
          .addKeyValue("reason", e.getMessage())
          .log("client certificate is not trusted");
      return new Verdict(new Peer(address, List.of()), true);
    }
  }

  private List<X509Certificate> offered() {
    try {
      return Arrays.stream(engine.getSession().getPeerCertificates())
          .map(X509Certificate.class::cast)
          .toList();
    } catch (SSLPeerUnverifiedException e) {
      return List.of();
    }
  }
}
