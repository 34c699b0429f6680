package io.croft.gateway;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// The TLS side of new connections, made from one {@link TlsMaterial}: by BoringSSL, which takes a
/// third of the time, where there is a build of it and it knows the kind of all keys, and by the
/// JDK elsewhere. Both do the same.
///
/// The handshake asks for a client certificate but takes any, as kube-apiserver does: it only has
/// to show that the client holds the key. Whether the certificate is trusted is decided by {@link
/// ClientVerifier} with the first request, so that the client is told 401 instead of losing its
/// connection.
record ServerTls(SslContext context, ClientVerifier verifier) {
  static {
    // Read by the JDK once, at the first handshake of a server: TLS 1.2 clients shall not negotiate
    // again, which they have no reason to and which costs the server more than them.
    System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
  }

  private static final int SESSION_CACHE_SIZE = 2_000;
  private static final int SESSION_LIFETIME_SECONDS = 3_600;
  private static final int MAX_CACHED_KEYS = 1_000;
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
  private static final ApplicationProtocolConfig ALPN =
      new ApplicationProtocolConfig(
          Protocol.ALPN,
          SelectorFailureBehavior.NO_ADVERTISE,
          SelectedListenerFailureBehavior.ACCEPT,
          ApplicationProtocolNames.HTTP_2,
          ApplicationProtocolNames.HTTP_1_1);

  /// @throws GeneralSecurityException when key and certificates cannot be used
  static ServerTls of(TlsMaterial material) throws GeneralSecurityException {
    try {
      return new ServerTls(context(material), ClientVerifier.of(material.clientAuthorities()));
    } catch (SSLException | IllegalArgumentException e) {
      throw new GeneralSecurityException(
          "the server's key and certificate cannot be used: " + e.getMessage(), e);
    }
  }

  private static SslContext context(TlsMaterial material)
      throws GeneralSecurityException, SSLException {
    var keys = new ServerKeys(material);
    var clients = new AnyClient(material);
    return OpenSsl.isAvailable() && keys.fitOpenSsl() ? openSsl(keys, clients) : jdk(keys, clients);
  }

  private static SslContext openSsl(ServerKeys keys, AnyClient clients) throws SSLException {
    // Without the cache it would encode the key anew for every handshake.
    var factory = new OpenSslCachingX509KeyManagerFactory(new OneKeyManager(keys), MAX_CACHED_KEYS);
    return SslContextBuilder.forServer(factory)
        // The one that frees its memory by itself: contexts come and go with certificates.
        .sslProvider(SslProvider.OPENSSL)
        .protocols(PROTOCOLS)
        .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
        .clientAuth(ClientAuth.OPTIONAL)
        .trustManager(clients)
        .sessionCacheSize(SESSION_CACHE_SIZE)
        .sessionTimeout(SESSION_LIFETIME_SECONDS)
        .applicationProtocolConfig(ALPN)
        .build();
  }

  /// By hand: Netty's builder first tries, with a key store of its own, whether the JDK lets trust
  /// managers be wrapped, which takes longer than all else that a start does.
  private static SslContext jdk(ServerKeys keys, AnyClient clients)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(new KeyManager[] {keys}, new TrustManager[] {clients}, null);
    context.getServerSessionContext().setSessionCacheSize(SESSION_CACHE_SIZE);
    context.getServerSessionContext().setSessionTimeout(SESSION_LIFETIME_SECONDS);
    return new JdkSslContext(
        context,
        false,
        Http2SecurityUtil.CIPHERS,
        SupportedCipherSuiteFilter.INSTANCE,
        ALPN,
        ClientAuth.OPTIONAL,
        PROTOCOLS.clone(),
        false);
  }

  /// Netty's builder wants a factory for the keys that there are already.
  private static final class OneKeyManager extends KeyManagerFactory {
    OneKeyManager(KeyManager keys) {
      super(new Given(keys), NO_PROVIDER, "given");
    }
  }

  private static final Provider NO_PROVIDER = new Provider("croft", "1", "keys in memory") {};

  private static final class Given extends KeyManagerFactorySpi {
    private final KeyManager keys;

    Given(KeyManager keys) {
      this.keys = keys;
    }

    @Override
    protected void engineInit(@Nullable KeyStore store, char @Nullable [] password) {}

    @Override
    protected void engineInit(ManagerFactoryParameters parameters) {}

    @Override
    protected KeyManager[] engineGetKeyManagers() {
      return new KeyManager[] {keys};
    }
  }

  /// Takes every client certificate and names the trusted authorities, so that a client with
  /// several certificates offers the right one.
  private static final class AnyClient extends X509ExtendedTrustManager {
    private final X509Certificate[] authorities;

    AnyClient(TlsMaterial material) {
      authorities = material.clientAuthorities().toArray(X509Certificate[]::new);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authorities.clone();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      throw new UnsupportedOperationException("the gateway is no client");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
      throw new UnsupportedOperationException("the gateway is no client");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
      throw new UnsupportedOperationException("the gateway is no client");
    }
  }
}
