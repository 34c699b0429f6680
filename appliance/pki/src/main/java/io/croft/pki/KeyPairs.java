package io.croft.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.jcajce.provider.asymmetric.util.EC5Util;

/// Makes and mends pairs of keys.
public final class KeyPairs {
  private KeyPairs() {}

  /// A new pair on the curve P-256.
  public static KeyPair generate() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks P-256", e);
    }
  }

  /// The pair that a surviving EC, RSA or Ed25519 private key belongs to.
  ///
  /// @throws PkiException for a key of another kind
  public static KeyPair of(PrivateKey key) throws PkiException {
    try {
      return switch (key) {
        case ECPrivateKey ec -> new KeyPair(publicKey(ec), ec);
        case RSAPrivateCrtKey rsa -> {
          var spec = new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent());
          yield new KeyPair(KeyFactory.getInstance("RSA").generatePublic(spec), rsa);
        }
        case EdECPrivateKey ed -> new KeyPair(publicKey(ed), ed);
        default ->
            throw new PkiException(
                "cannot tell the public key of a " + key.getAlgorithm() + " key");
      };
    } catch (GeneralSecurityException e) {
      throw new PkiException("is no usable " + key.getAlgorithm() + " key", e);
    }
  }

  /// Whether the two halves belong together, found out by signing and verifying.
  public static boolean match(PrivateKey privateKey, PublicKey publicKey) {
    byte[] challenge = new byte[32];
    new SecureRandom().nextBytes(challenge);
    try {
      String algorithm = signatureAlgorithm(publicKey);
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(privateKey);
      signer.update(challenge);
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(publicKey);
      verifier.update(challenge);
      return verifier.verify(signer.sign());
    } catch (GeneralSecurityException e) {
      return false; // keys of different kinds
    }
  }

  /// The JCA name of the signature algorithm that goes with a key; of a private one that is on a
  /// token ask by the public one.
  static String signatureAlgorithm(Key key) {
    return switch (key.getAlgorithm()) {
      case "EC" -> ecdsa(key);
      case "RSA" -> "SHA256withRSA";
      default -> "Ed25519";
    };
  }

  /// With a digest as strong as the curve.
  private static String ecdsa(Key key) {
    int bits = key instanceof ECKey ec ? ec.getParams().getOrder().bitLength() : 0;
    return bits > 384 ? "SHA512withECDSA" : bits > 256 ? "SHA384withECDSA" : "SHA256withECDSA";
  }

  private static PublicKey publicKey(EdECPrivateKey key)
      throws GeneralSecurityException, PkiException {
    byte[] seed = key.getBytes().orElse(new byte[0]);
    if (seed.length != Ed25519PrivateKeyParameters.KEY_SIZE) {
      throw new PkiException("cannot tell the public key of a " + key.getAlgorithm() + " key");
    }
    byte[] point = new Ed25519PrivateKeyParameters(seed).generatePublicKey().getEncoded();
    var algorithm = new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519);
    try {
      byte[] encoded = new SubjectPublicKeyInfo(algorithm, point).getEncoded();
      return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    } catch (IOException e) {
      throw new PkiException("is no usable Ed25519 key", e);
    }
  }

  /// An EC private key is a number d, its public key the point d·G. The JDK cannot multiply points.
  private static PublicKey publicKey(ECPrivateKey key) throws GeneralSecurityException {
    var curve = EC5Util.convertSpec(key.getParams());
    var point = curve.getG().multiply(key.getS()).normalize();
    BigInteger x = point.getAffineXCoord().toBigInteger();
    BigInteger y = point.getAffineYCoord().toBigInteger();
    var spec = new ECPublicKeySpec(new ECPoint(x, y), key.getParams());
    return KeyFactory.getInstance("EC").generatePublic(spec);
  }
}
