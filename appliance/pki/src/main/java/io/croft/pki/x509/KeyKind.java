package io.croft.pki.x509;

import io.croft.pki.PkiException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;

/// An algorithm and a size of keys.
///
/// @param size in bits; 256 for Ed25519
public record KeyKind(Algorithm algorithm, int size) {
  /// In the words of cert-manager.
  public enum Algorithm {
    RSA("RSA"),
    ECDSA("ECDSA"),
    ED25519("Ed25519");

    private final String text;

    Algorithm(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  /// @throws PkiException for a key of another algorithm
  public static KeyKind of(PublicKey key) throws PkiException {
    return switch (key) {
      case RSAPublicKey rsa -> new KeyKind(Algorithm.RSA, rsa.getModulus().bitLength());
      case ECPublicKey ec ->
          new KeyKind(Algorithm.ECDSA, ec.getParams().getCurve().getField().getFieldSize());
      default -> {
        if (key.getAlgorithm().equals("EdDSA") || key.getAlgorithm().equals("Ed25519")) {
          yield new KeyKind(Algorithm.ED25519, 256);
        }
        throw new PkiException("keys of the algorithm " + key.getAlgorithm() + " are not used");
      }
    };
  }

  /// A new pair.
  ///
  /// @throws PkiException when there are no keys of that size
  public KeyPair generate() throws PkiException {
    try {
      KeyPairGenerator generator;
      switch (algorithm) {
        case RSA -> {
          generator = KeyPairGenerator.getInstance("RSA");
          generator.initialize(size);
        }
        case ECDSA -> {
          generator = KeyPairGenerator.getInstance("EC");
          generator.initialize(new ECGenParameterSpec("secp" + size + "r1"));
        }
        case ED25519 -> generator = KeyPairGenerator.getInstance("Ed25519");
        default -> throw new IllegalStateException(algorithm.name());
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new PkiException("there are no keys of the kind " + this, e);
    }
  }

  @Override
  public String toString() {
    return algorithm == Algorithm.ED25519 ? algorithm.text() : algorithm.text() + "/" + size;
  }
}
