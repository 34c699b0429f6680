package io.croft.engine.proxy;

import io.croft.pki.Identity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// An API server on this machine, and how to connect to it: both sides prove who they are.
/// Thread-safe.
public final class EngineAddress {
  static final String HOST = "127.0.0.1";
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final int port;
  private final Supplier<Credentials> credentials;
  private @Nullable Made made;

  /// @param self what the gateway shows; believed when it says who a user is
  /// @param trusted with which the server is verified
  public record Credentials(Identity self, List<X509Certificate> trusted) {
    public Credentials {
      trusted = List.copyOf(trusted);
    }
  }

  /// What was made of some credentials.
  private record Made(Credentials of, SSLContext tls, HttpClient client) {}

  /// @param credentials may change
  public EngineAddress(int port, Supplier<Credentials> credentials) {
    this.port = port;
    this.credentials = credentials;
  }

  /// @param target path and query
  String url(String target) {
    return "https://" + HOST + ":" + port + target;
  }

  String authority() {
    return HOST + ":" + port;
  }

  HttpClient client() throws IOException {
    return made().client();
  }

  /// A connection for HTTP/1.1.
  Socket connect() throws IOException {
    var socket = (SSLSocket) made().tls().getSocketFactory().createSocket();
    try {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.connect(
          new InetSocketAddress(InetAddress.ofLiteral(HOST), port), (int) CONNECT.toMillis());
      socket.setTcpNoDelay(true);
      return socket;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private synchronized Made made() throws IOException {
    Credentials now = credentials.get();
    Made known = made;
    if (known == null || !known.of().equals(now)) {
      // The one before ends by itself with the last request that uses it.
      SSLContext tls = context(now);
      known =
          new Made(
              now, tls, HttpClient.newBuilder().connectTimeout(CONNECT).sslContext(tls).build());
      made = known;
    }
    return known;
  }

  private static SSLContext context(Credentials credentials) throws IOException {
    try {
      char[] password = new char[0]; // it never leaves this memory
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, null);
      own.setKeyEntry(
          "self",
          credentials.self().key(),
          password,
          credentials.self().chain().toArray(Certificate[]::new));
      var keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(own, password);

      KeyStore roots = KeyStore.getInstance("PKCS12");
      roots.load(null, null);
      for (int i = 0; i < credentials.trusted().size(); i++) {
        roots.setCertificateEntry("root" + i, credentials.trusted().get(i));
      }
      var trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(roots);

      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("the gateway's certificate for the engine is not usable", e);
    }
  }
}
