package io.croft.store.etcd;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whom a client of an etcd endpoint trusts, and who it is.
///
/// @param authorities whom the server's certificate must lead to; empty for those that Java trusts
/// @param identity the client's own certificate; null for none
public record EtcdClientTls(List<X509Certificate> authorities, @Nullable EtcdTls identity) {
  public EtcdClientTls {
    authorities = List.copyOf(authorities);
  }

  ChannelCredentials credentials() throws IOException {
    TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
    try {
      if (!authorities.isEmpty()) {
        AdvancedTlsX509TrustManager trusted = AdvancedTlsX509TrustManager.newBuilder().build();
        trusted.updateTrustCredentials(authorities.toArray(X509Certificate[]::new));
        builder.trustManager(trusted);
      }
      if (identity != null) {
        AdvancedTlsX509KeyManager key = new AdvancedTlsX509KeyManager();
        key.updateIdentityCredentials(
            identity.chain().toArray(X509Certificate[]::new), identity.key());
        builder.keyManager(key);
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("the TLS settings cannot be used: " + e.getMessage(), e);
    }
    return builder.build();
  }
}
