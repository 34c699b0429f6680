package io.croft.pki;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
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
    return key instanceof ECPrivateKey ec
            && leaf().getPublicKey() instanceof ECPublicKey point
            && Sec1.applies(point)
        ? Sec1.encode(ec, point)
        : Pem.encode(key);
  }

  /// Never shows the key.
  @Override
  public String toString() {
    return "Identity[" + leaf().getSubjectX500Principal() + "]";
  }
}
