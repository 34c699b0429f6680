package io.croft.store.etcd;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/// Who the server is, and whom it lets in.
///
/// @param chain the server's certificate first, then what issued it
/// @param clientAuthorities when not empty, clients must present a certificate that leads to one of
///   them
public record EtcdTls(
    PrivateKey key, List<X509Certificate> chain, List<X509Certificate> clientAuthorities) {
  /// @throws IllegalArgumentException when there is no certificate
  public EtcdTls {
    chain = List.copyOf(chain);
    clientAuthorities = List.copyOf(clientAuthorities);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("the server's certificate chain is empty");
    }
  }

  /// Without the key.
  @Override
  public String toString() {
    return "EtcdTls[%s, %d client authorities]"
        .formatted(chain.getFirst().getSubjectX500Principal(), clientAuthorities.size());
  }
}
