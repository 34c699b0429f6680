package io.croft.pki;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.util.Base64;
import java.util.HexFormat;

/// EC private keys in the older form of RFC 5915, `EC PRIVATE KEY`, which every Kubernetes client
/// reads; some take the newer `PRIVATE KEY` for RSA.
final class Sec1 {
  private static final int P256_BITS = 256;
  private static final int COORDINATE = P256_BITS / 8;
  private static final HexFormat HEX = HexFormat.of();

  /// SEQUENCE { version 1, OCTET STRING of 32 bytes …
  private static final byte[] BEFORE_KEY = HEX.parseHex("30770201010420");

  /// … [0] { OID prime256v1 }, [1] { BIT STRING of an uncompressed point … } }
  private static final byte[] BEFORE_POINT =
      HEX.parseHex("a00a06082a8648ce3d030107" + "a14403420004");

  private Sec1() {}

  /// Whether a curve is the one that this is written for.
  static boolean applies(ECPublicKey key) {
    return key.getParams().getCurve().getField().getFieldSize() == P256_BITS;
  }

  static String encode(ECPrivateKey privateKey, ECPublicKey publicKey) {
    var der = new ByteArrayOutputStream();
    der.writeBytes(BEFORE_KEY);
    der.writeBytes(fixed(privateKey.getS()));
    der.writeBytes(BEFORE_POINT);
    der.writeBytes(fixed(publicKey.getW().getAffineX()));
    der.writeBytes(fixed(publicKey.getW().getAffineY()));
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der.toByteArray());
    return "-----BEGIN EC PRIVATE KEY-----\n" + lines + "\n-----END EC PRIVATE KEY-----\n";
  }

  /// A number as exactly 32 bytes, big end first.
  private static byte[] fixed(BigInteger number) {
    byte[] bytes = number.toByteArray();
    byte[] fixed = new byte[COORDINATE];
    int length = Math.min(bytes.length, COORDINATE);
    System.arraycopy(bytes, bytes.length - length, fixed, COORDINATE - length, length);
    return fixed;
  }
}
