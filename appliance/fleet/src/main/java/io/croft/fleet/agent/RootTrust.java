package io.croft.fleet.agent;

import io.croft.fleet.join.JoinRoutes;
import io.croft.pki.Identity;
import io.croft.pki.Purpose;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/// Believes servers whose certificates lead to given roots, by the authority for servers rather
/// than the one for what nodes serve, and name the host that is connected to, also when this host's
/// clock is as wrong as the appliance tolerates. Thread-safe.
final class RootTrust extends X509ExtendedTrustManager {
  /// Protects nothing: the key store never leaves this process's memory.
  private static final char[] IN_MEMORY = "in-memory".toCharArray();

  private static final List<Duration> OFFSETS =
      List.of(Duration.ZERO, JoinRoutes.MAX_SKEW, JoinRoutes.MAX_SKEW.negated());

  private final Set<TrustAnchor> anchors = new HashSet<>();
  private final InstantSource clock;

  RootTrust(List<X509Certificate> roots, InstantSource clock) {
    roots.forEach(root -> anchors.add(new TrustAnchor(root, null)));
    this.clock = clock;
  }

  /// For connections that show an identity.
  SSLContext context(Identity identity) throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "node", identity.key(), IN_MEMORY, identity.chain().toArray(Certificate[]::new));
    var keys = KeyManagerFactory.getInstance("SunX509");
    keys.init(store, IN_MEMORY);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), new TrustManager[] {this}, null);
    return context;
  }

  @FunctionalInterface
  private interface Check {
    void by(X509ExtendedTrustManager manager) throws CertificateException;
  }

  private void check(X509Certificate[] chain, Check check) throws CertificateException {
    if (!Purpose.SERVERS.hasIssued(chain[0])) {
      throw new CertificateException("the certificate is not of the authority for servers");
    }
    CertificateException failure = new CertificateException("there is no root");
    for (Duration offset : OFFSETS) {
      try {
        check.by(at(offset));
        return;
      } catch (CertificateException e) {
        failure = offset.isZero() ? e : failure;
      }
    }
    throw failure;
  }

  private X509ExtendedTrustManager at(Duration offset) throws CertificateException {
    try {
      var parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(clock.instant().plus(offset)));
      var factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(new CertPathTrustManagerParameters(parameters));
      return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    } catch (GeneralSecurityException e) {
      throw new CertificateException("cannot verify certificates", e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    check(chain, manager -> manager.checkServerTrusted(chain, type, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    check(chain, manager -> manager.checkServerTrusted(chain, type, socket));
  }

  /// Without a connection there is no name to compare.
  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("a connection is needed");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("no clients are expected");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("no clients are expected");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("no clients are expected");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
