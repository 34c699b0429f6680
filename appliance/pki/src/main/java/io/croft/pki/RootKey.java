package io.croft.pki;

import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/// What a generation of authorities is made with.
///
/// @param chain the certificate that goes with `key`, then those above it up to one that signed
///   itself
/// @param imported whether it is a user's own, which is not replaced by one of ours
/// @param onToken whether the key is on a token, so that no file will hold it: some tokens would
///   give it away
record RootKey(PrivateKey key, List<X509Certificate> chain, boolean imported, boolean onToken) {
  RootKey {
    chain = List.copyOf(chain);
  }

  static RootKey make(Instant now, Duration ttl) {
    KeyPair pair = KeyPairs.generate();
    var certificate = CertificateWriter.root(pair, "croft root CA " + digits(), now, ttl);
    return new RootKey(pair.getPrivate(), List.of(certificate), false, false);
  }

  X509Certificate certificate() {
    return chain.getFirst();
  }

  /// They keep the names of two sites' authorities apart in a bundle.
  static String digits() {
    return HexFormat.of().toHexDigits(new SecureRandom().nextInt());
  }

  /// Never shows the key.
  @Override
  public String toString() {
    return "RootKey[" + certificate().getSubjectX500Principal() + "]";
  }
}
