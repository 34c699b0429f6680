package io.croft.pki;

import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/// What proves who someone is in a TLS handshake.
///
/// @param key the private key of the leaf
/// @param chain the leaf first, then its issuers without the root; not empty
public record Identity(PrivateKey key, List<X509Certificate> chain) {
  public Identity {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("an identity needs a certificate");
    }
  }

  public X509Certificate leaf() {
    return chain.getFirst();
  }

  /// The key as text in the form that the most clients read: RFC 5915 for P-256, else PKCS#8.
  public String keyForClients() {
    return Pem.encodeForClients(new KeyPair(leaf().getPublicKey(), key));
  }

  /// Never shows the key.
  @Override
  public String toString() {
    return "Identity[" + leaf().getSubjectX500Principal() + "]";
  }
}
