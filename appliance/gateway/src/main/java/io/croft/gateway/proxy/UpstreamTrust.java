package io.croft.gateway.proxy;

import io.croft.base.LruMap;
import io.croft.gateway.proxy.UpstreamException.Kind;
import io.croft.gateway.routing.UpstreamTls;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// How upstreams are verified. Contexts are kept, 64 at most, for they hold the sessions that make
/// the next handshake short. Thread-safe.
final class UpstreamTrust {
  private static final int MAX_KEPT = 64;

  private final Map<UpstreamTls, SslContext> kept = new LruMap<>(MAX_KEPT);

  synchronized SslContext context(UpstreamTls tls) throws UpstreamException {
    SslContext known = kept.get(tls);
    if (known != null) {
      return known;
    }
    try {
      SslContext made = make(tls);
      kept.put(tls, made);
      return made;
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw new UpstreamException(Kind.UNREACHABLE, "TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  private static SslContext make(UpstreamTls tls) throws GeneralSecurityException, IOException {
    SslContextBuilder builder =
        SslContextBuilder.forClient().sslProvider(SslProvider.JDK).protocols("TLSv1.3", "TLSv1.2");
    List<X509Certificate> authorities = tls.authorities();
    if (!tls.otherNames().isEmpty()) {
      builder.trustManager(new Named(manager(authorities), tls.otherNames()));
    } else if (authorities != null) {
      builder.trustManager(authorities.toArray(X509Certificate[]::new));
    }
    var client = tls.client();
    if (client != null) {
      builder.keyManager(client.key(), client.chain().toArray(X509Certificate[]::new));
    }
    return builder.build();
  }

  private static X509TrustManager manager(@Nullable List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = null;
    if (authorities != null) {
      store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("authority-" + i, authorities.get(i));
      }
    }
    var factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }

  /// Takes certificates for one of some names (DNS names or URIs), whatever the server is called.
  private static final class Named extends X509ExtendedTrustManager {
    private static final int DNS_NAME = 2;
    private static final int URI_NAME = 6;

    private final X509TrustManager authorities;
    private final List<String> names;

    Named(X509TrustManager authorities, List<String> names) {
      this.authorities = authorities;
      this.names = names;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      authorities.checkServerTrusted(chain, authType);
      Collection<List<?>> alternatives = chain[0].getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> name : alternatives) {
          if ((name.get(0).equals(DNS_NAME) || name.get(0).equals(URI_NAME))
              && isOne(Objects.toString(name.get(1)))) {
            return;
          }
        }
      }
      throw new CertificateException("the certificate is for none of " + names);
    }

    private boolean isOne(String name) {
      return names.stream()
          .anyMatch(n -> n.toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)));
    }

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
      throw new CertificateException("only servers are verified");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      throw new CertificateException("only servers are verified");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("only servers are verified");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authorities.getAcceptedIssuers();
    }
  }
}
