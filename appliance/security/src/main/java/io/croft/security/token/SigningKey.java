package io.croft.security.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Sha256;
import io.croft.model.Json;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;

/// A pair of keys that signs tokens by the one algorithm that goes with it (RFC 7518): ES256 for
/// P-256, RS256 for RSA.
final class SigningKey {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final int P256_BYTES = 32;
  private static final int MIN_RSA_BITS = 2048;

  private final KeyPair pair;
  private final String id;
  private final String algorithm;
  private final String signature;

  /// @throws IllegalArgumentException for a key of another kind or size
  SigningKey(KeyPair pair) {
    this.pair = pair;
    this.id = BASE64.encodeToString(Sha256.of(pair.getPublic().getEncoded()));
    switch (pair.getPublic()) {
      case ECPublicKey ec when ec.getParams().getOrder().bitLength() == 8 * P256_BYTES -> {
        algorithm = "ES256";
        signature = "SHA256withECDSAinP1363Format";
      }
      case RSAPublicKey rsa when rsa.getModulus().bitLength() >= MIN_RSA_BITS -> {
        algorithm = "RS256";
        signature = "SHA256withRSA";
      }
      default ->
          throw new IllegalArgumentException("tokens are signed by a P-256 key or an RSA key");
    }
  }

  /// The key's name, as kube-apiserver makes it: the hash of the public half.
  String id() {
    return id;
  }

  /// As `alg` in a token's header.
  String algorithm() {
    return algorithm;
  }

  byte[] sign(byte[] content) {
    try {
      Signature signer = Signature.getInstance(signature);
      signer.initSign(pair.getPrivate());
      signer.update(content);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot sign a token", e);
    }
  }

  boolean verifies(byte[] content, byte[] signed) {
    try {
      Signature verifier = Signature.getInstance(signature);
      verifier.initVerify(pair.getPublic());
      verifier.update(content);
      return verifier.verify(signed);
    } catch (GeneralSecurityException e) {
      return false; // not even of the form of a signature
    }
  }

  /// The public half as a JSON Web Key (RFC 7517).
  ObjectNode toJwk() {
    ObjectNode jwk = Json.object().put("use", "sig");
    PublicKey key = pair.getPublic();
    if (key instanceof ECPublicKey ec) {
      jwk.put("kty", "EC").put("kid", id).put("crv", "P-256").put("alg", algorithm);
      jwk.put("x", BASE64.encodeToString(unsigned(ec.getW().getAffineX(), P256_BYTES)));
      jwk.put("y", BASE64.encodeToString(unsigned(ec.getW().getAffineY(), P256_BYTES)));
    } else if (key instanceof RSAPublicKey rsa) {
      BigInteger n = rsa.getModulus();
      BigInteger e = rsa.getPublicExponent();
      jwk.put("kty", "RSA").put("kid", id).put("alg", algorithm);
      jwk.put("n", BASE64.encodeToString(unsigned(n, (n.bitLength() + 7) / 8)));
      jwk.put("e", BASE64.encodeToString(unsigned(e, (e.bitLength() + 7) / 8)));
    }
    return jwk;
  }

  /// Big-endian, without a sign, of a fixed length.
  private static byte[] unsigned(BigInteger number, int length) {
    byte[] bytes = number.toByteArray();
    if (bytes.length >= length) {
      return Arrays.copyOfRange(bytes, bytes.length - length, bytes.length);
    }
    byte[] padded = new byte[length];
    System.arraycopy(bytes, 0, padded, length - bytes.length, bytes.length);
    return padded;
  }
}
