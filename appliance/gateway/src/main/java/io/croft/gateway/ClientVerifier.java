package io.croft.gateway;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// Checks client certificate chains against the trusted authorities: signatures, validity, path
/// length, and that the leaf may be used by a TLS client (RFC 5280 section 6). Thread-safe.
final class ClientVerifier {
  /// null when no authority is trusted, which the JDK's trust manager does not allow for
  private final @Nullable X509TrustManager trust;

  private ClientVerifier(@Nullable X509TrustManager trust) {
    this.trust = trust;
  }

  static ClientVerifier of(List<X509Certificate> authorities) throws GeneralSecurityException {
    if (authorities.isEmpty()) {
      return new ClientVerifier(null);
    }
    var factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(storeOf(authorities));
    return new ClientVerifier((X509TrustManager) factory.getTrustManagers()[0]);
  }

  /// @param chain leaf first, not empty
  /// @throws CertificateException when it is not trusted, with the reason
  void verify(X509Certificate[] chain) throws CertificateException {
    if (trust == null) {
      throw new CertificateException("no client authority is configured");
    }
    chain[0].checkValidity(); // says more than what follows would
    // The key exchange's name matters only for server certificates; it must not be empty.
    trust.checkClientTrusted(chain, "UNKNOWN");
  }

  private static KeyStore storeOf(List<X509Certificate> authorities)
      throws GeneralSecurityException {
    var store = KeyStore.getInstance(KeyStore.getDefaultType());
    try {
      store.load(null, null);
    } catch (IOException e) {
      throw new GeneralSecurityException("an empty key store cannot be made", e);
    }
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("authority-" + i, authorities.get(i));
    }
    return store;
  }
}
