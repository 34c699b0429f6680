package io.croft.pki.x509;

import io.croft.pki.PkiException;
import java.security.PublicKey;

/// Which signature goes with a key.
final class Signatures {
  private Signatures() {}

  /// In the JDK's words; the digest is as strong as the curve.
  static String algorithm(PublicKey key) throws PkiException {
    KeyKind kind = KeyKind.of(key);
    return switch (kind.algorithm()) {
      case RSA -> "SHA256withRSA";
      case ED25519 -> "Ed25519";
      case ECDSA ->
          kind.size() > 384
              ? "SHA512withECDSA"
              : kind.size() > 256 ? "SHA384withECDSA" : "SHA256withECDSA";
    };
  }
}
