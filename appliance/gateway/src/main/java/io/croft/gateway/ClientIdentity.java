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

  private final String address;
  private final SSLEngine engine;
  private final ClientVerifier verifier;
  private volatile @Nullable Peer peer;

  ClientIdentity(InetSocketAddress remote, SSLEngine engine, ClientVerifier verifier) {
    this.address = remote.getAddress().getHostAddress();
    this.engine = engine;
    this.verifier = verifier;
  }

  /// The peer, without certificates when it offered none that are trusted: then it is up to the
  /// handler to ask for other credentials, or not to take such a client for a mere stranger. Two
  /// first requests at once may both verify, with the same result.
  Peer peer() {
    var known = peer;
    if (known == null) {
      known = judge();
      peer = known;
    }
    return known;
  }

  private Peer judge() {
    List<X509Certificate> chain = offered();
    if (chain.isEmpty()) {
      return new Peer(address, List.of());
    }
    try {
      verifier.verify(chain.toArray(X509Certificate[]::new));
      return new Peer(address, chain);
    } catch (CertificateException e) {
      LOG.atInfo()
          .addKeyValue("address", address)
          .addKeyValue("subject", chain.getFirst().getSubjectX500Principal())
          .addKeyValue("reason", e.getMessage())
          .log("client certificate is not trusted");
      return new Peer(address, List.of(), "the certificate is not trusted: " + e.getMessage());
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
