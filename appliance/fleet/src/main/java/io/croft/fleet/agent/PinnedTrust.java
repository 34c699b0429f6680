package io.croft.fleet.agent;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Believes whom another trust manager believes, but of those only the one who came first: all of a
/// conversation is with the same server, also when it takes more than one connection. Thread-safe.
final class PinnedTrust extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager trust;
  private @Nullable X509Certificate pinned;

  PinnedTrust(X509ExtendedTrustManager trust) {
    this.trust = trust;
  }

  SSLContext context() throws GeneralSecurityException {
    var context = SSLContext.getInstance("TLS");
    context.init(new KeyManager[0], new TrustManager[] {this}, null);
    return context;
  }

  /// The certificate that all connections are with; empty before the first.
  synchronized Optional<X509Certificate> leaf() {
    return Optional.ofNullable(pinned);
  }

  private synchronized void pin(X509Certificate leaf) throws CertificateException {
    if (pinned != null && !pinned.equals(leaf)) {
      throw new CertificateException(
          "the server shows another certificate than it did a moment ago");
    }
    pinned = leaf;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    trust.checkServerTrusted(chain, type, engine);
    pin(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    trust.checkServerTrusted(chain, type, socket);
    pin(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    trust.checkServerTrusted(chain, type);
    pin(chain[0]);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    trust.checkClientTrusted(chain, type, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    trust.checkClientTrusted(chain, type, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    trust.checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.getAcceptedIssuers();
  }
}
