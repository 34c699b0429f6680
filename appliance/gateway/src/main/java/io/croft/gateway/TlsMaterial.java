package io.croft.gateway;

import io.croft.pki.Identity;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;

/// What the gateway proves itself with, and whom it trusts.
///
/// @param key the server's private key
/// @param chain its certificate chain, leaf first
/// @param clientAuthorities the authorities that client certificates must chain to; when empty, no
///   client certificate is accepted
/// @param named what it proves itself with to clients that ask for a name (SNI), which may be a
///   wildcard
public record TlsMaterial(
    PrivateKey key,
    List<X509Certificate> chain,
    List<X509Certificate> clientAuthorities,
    Map<String, Identity> named) {
  /// The same proof for every name.
  public TlsMaterial(
      PrivateKey key, List<X509Certificate> chain, List<X509Certificate> clientAuthorities) {
    this(key, chain, clientAuthorities, Map.of());
  }

  public TlsMaterial {
    named = Map.copyOf(named);
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
