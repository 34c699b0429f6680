package io.croft.store.etcd;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;

/// The server's side of TLS, whose key and authorities can be exchanged while it is in use.
final class TlsListener {
  private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
  private final AdvancedTlsX509TrustManager authorities;
  private final boolean clientsVerified;

  TlsListener(EtcdTls tls) throws IOException {
    clientsVerified = !tls.clientAuthorities().isEmpty();
    try {
      // A client has no host name to verify.
      authorities =
          AdvancedTlsX509TrustManager.newBuilder()
              .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
              .build();
      renew(tls);
    } catch (GeneralSecurityException e) {
      throw new IOException("the TLS settings cannot be used: " + e.getMessage(), e);
    }
  }

  ServerCredentials credentials() {
    TlsServerCredentials.Builder builder = TlsServerCredentials.newBuilder().keyManager(keys);
    if (clientsVerified) {
      builder.trustManager(authorities).clientAuth(ClientAuth.REQUIRE);
    }
    return builder.build();
  }

  /// Takes effect with the next connection.
  void renew(EtcdTls tls) throws IOException {
    if (clientsVerified == tls.clientAuthorities().isEmpty()) {
      throw new IllegalArgumentException(
          "whether clients must have certificates cannot change while the server runs");
    }
    try {
      keys.updateIdentityCredentials(tls.chain().toArray(X509Certificate[]::new), tls.key());
      if (clientsVerified) {
        authorities.updateTrustCredentials(tls.clientAuthorities().toArray(X509Certificate[]::new));
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("the TLS settings cannot be used: " + e.getMessage(), e);
    }
  }
}
