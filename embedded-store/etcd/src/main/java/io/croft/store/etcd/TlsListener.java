package io.croft.store.etcd;

import io.grpc.ServerCredentials;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettySslContextServerCredentials;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSessionContext;

/// The server's side of TLS, whose key and authorities can be exchanged while it is in use.
///
/// Each renewal makes a context of its own, and with it new keys of session tickets: who resumes a
/// session is not verified again, so that none may outlive the authorities under which it began.
final class TlsListener {
  private final boolean clientsVerified;
  private volatile SslContext current;

  TlsListener(EtcdTls tls) throws IOException {
    clientsVerified = !tls.clientAuthorities().isEmpty();
    current = context(tls);
  }

  ServerCredentials credentials() {
    return NettySslContextServerCredentials.create(new Current());
  }

  /// Takes effect with the next connection.
  void renew(EtcdTls tls) throws IOException {
    if (clientsVerified == tls.clientAuthorities().isEmpty()) {
      throw new IllegalArgumentException(
          "whether clients must have certificates cannot change while the server runs");
    }
    current = context(tls);
  }

  private static SslContext context(EtcdTls tls) throws IOException {
    SslContextBuilder builder = SslContextBuilder.forServer(tls.key(), tls.chain());
    if (!tls.clientAuthorities().isEmpty()) {
      builder
          .trustManager(tls.clientAuthorities().toArray(X509Certificate[]::new))
          .clientAuth(ClientAuth.REQUIRE);
    }
    try {
      return GrpcSslContexts.configure(builder, SslProvider.JDK).build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IOException("the TLS settings cannot be used: " + e.getMessage(), e);
    }
  }

  /// Gives each connection an engine of the context that is current when it comes.
  private final class Current extends SslContext {
    @Override
    public boolean isClient() {
      return false;
    }

    @Override
    public List<String> cipherSuites() {
      return current.cipherSuites();
    }

    @Override
    @SuppressWarnings("deprecation") // what Netty wants of every context
    public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
      return current.applicationProtocolNegotiator();
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator) {
      return current.newEngine(allocator);
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
      return current.newEngine(allocator, peerHost, peerPort);
    }

    @Override
    public SSLSessionContext sessionContext() {
      return current.sessionContext();
    }
  }
}
