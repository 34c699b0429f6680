package io.croft.apiserver.outbound;

import io.croft.pki.Identity;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// TLS towards servers that are verified otherwise than by the authorities of the system and the
/// name that they are reached by.
final class ServerTrust {
  private static final int DNS_NAME = 2;

  private ServerTrust() {}

  /// @param client who this server is to them; null when it does not say
  static SSLContext context(HttpsServer server, @Nullable Identity client) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(client), trust(server), null);
      return context;
    } catch (GeneralSecurityException | PkiException e) {
      throw new IOException("the caBundle cannot be used: " + e.getMessage(), e);
    }
  }

  private static KeyManager @Nullable [] keys(@Nullable Identity client)
      throws GeneralSecurityException, IOException {
    if (client == null) {
      return null;
    }
    KeyStore store = empty();
    store.setKeyEntry(
        "client", client.key(), new char[0], client.chain().toArray(X509Certificate[]::new));
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private static TrustManager[] trust(HttpsServer server)
      throws GeneralSecurityException, IOException, PkiException {
    if (!server.verified()) {
      return new TrustManager[] {new Anybody()};
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(server.certificates().isEmpty() ? null : authorities(server.certificates()));
    TrustManager[] managers = factory.getTrustManagers();
    return server.name().isEmpty()
        ? managers
        : new TrustManager[] {new Named((X509TrustManager) managers[0], server.name())};
  }

  private static KeyStore authorities(String pem)
      throws GeneralSecurityException, IOException, PkiException {
    KeyStore store = empty();
    List<X509Certificate> all = Pem.certificates(pem);
    for (int i = 0; i < all.size(); i++) {
      store.setCertificateEntry("ca-" + i, all.get(i));
    }
    return store;
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /// Servers only. Being an extended manager, it has the last word: TLS does not compare the
  /// certificate with the address besides.
  private abstract static class ServersOnly extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("clients are not verified here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /// Trusts whoever has a certificate for one name, wherever the server is.
  private static final class Named extends ServersOnly {
    private final X509TrustManager chains;
    private final String name;

    Named(X509TrustManager chains, String name) {
      this.chains = chains;
      this.name = name.toLowerCase(Locale.ROOT);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      chains.checkServerTrusted(chain, authType);
      var names = chain[0].getSubjectAlternativeNames();
      boolean named =
          names != null
              && names.stream()
                  .filter(alternative -> Integer.valueOf(DNS_NAME).equals(alternative.get(0)))
                  .anyMatch(alternative -> matches(String.valueOf(alternative.get(1))));
      if (!named) {
        throw new CertificateException("the server's certificate is not for " + name);
      }
    }

    /// An asterisk stands for the first label (RFC 6125 section 6.4.3).
    private boolean matches(String alternative) {
      String given = alternative.toLowerCase(Locale.ROOT);
      return given.startsWith("*.")
          ? name.substring(name.indexOf('.')).equals(given.substring(1))
          : name.equals(given);
    }
  }

  /// For servers that an administrator has said not to verify.
  private static final class Anybody extends ServersOnly {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}
  }
}
