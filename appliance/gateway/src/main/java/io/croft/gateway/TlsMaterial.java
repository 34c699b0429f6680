package io.croft.gateway;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/// What the gateway proves itself with, and whom it trusts.
///
/// @param key the server's private key
/// @param chain its certificate chain, leaf first
/// @param clientAuthorities the authorities that client certificates must chain to; when empty, no
///   client certificate is accepted
public record TlsMaterial(
    PrivateKey key, List<X509Certificate> chain, List<X509Certificate> clientAuthorities) {
  public TlsMaterial {
    chain = List.copyOf(chain);
    clientAuthorities = List.copyOf(clientAuthorities);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("the server's certificate chain is empty");
    }
  }

  /// Leaves the key out.
  @Override
  public String toString() {
    return "TlsMaterial[" + chain.getFirst().getSubjectX500Principal() + "]";
  }
}
