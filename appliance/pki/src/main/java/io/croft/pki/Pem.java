package io.croft.pki;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Keys and certificates as text (RFC 7468), with nothing but the JDK, so that reading them at
/// start costs little.
public final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  /// In what other forms private keys are kept.
  private static final List<String> OTHER_KEYS =
      List.of("RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY");

  static final String ENCRYPTED_KEY = "ENCRYPTED PRIVATE KEY";

  private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "Ed25519");

  private Pem() {}

  public static String encode(X509Certificate certificate) {
    try {
      return encode("CERTIFICATE", certificate.getEncoded());
    } catch (CertificateException e) {
      throw new IllegalArgumentException("a certificate without an encoding", e);
    }
  }

  /// A chain or bundle, in the order given.
  public static String encode(List<X509Certificate> certificates) {
    return certificates.stream().map(Pem::encode).collect(Collectors.joining());
  }

  /// PKCS#8, not encrypted.
  public static String encode(PrivateKey key) {
    return encode("PRIVATE KEY", key.getEncoded());
  }

  /// A private key in the form that the most programs read: RFC 5915 for P-256, else PKCS#8.
  ///
  /// @throws IllegalArgumentException when it cannot be had as a text, as one on a token
  public static String encodeForClients(KeyPair pair) {
    PrivateKey key = pair.getPrivate();
    if (key.getEncoded() == null) {
      throw new IllegalArgumentException("the key does not leave its token");
    }
    return key instanceof ECPrivateKey ec
            && pair.getPublic() instanceof ECPublicKey point
            && Sec1.applies(point)
        ? Sec1.encode(ec, point)
        : encode(key);
  }

  public static String encode(PublicKey key) {
    return encode("PUBLIC KEY", key.getEncoded());
  }

  /// All certificates in a text, in order; other blocks and what stands between are passed over.
  ///
  /// @throws PkiException when there is none, or one cannot be read
  public static List<X509Certificate> certificates(String pem) throws PkiException {
    var certificates = new ArrayList<X509Certificate>();
    Matcher blocks = BLOCK.matcher(pem);
    while (blocks.find()) {
      if (blocks.group(1).equals("CERTIFICATE")) {
        certificates.add(certificate(decode(blocks.group(2))));
      }
    }
    if (certificates.isEmpty()) {
      throw new PkiException("holds no PEM certificate");
    }
    return certificates;
  }

  /// The private key in a text: PKCS#8, not encrypted, EC, RSA or Ed25519.
  ///
  /// @throws PkiException when there is none of that kind
  public static PrivateKey privateKey(String pem) throws PkiException {
    for (String label : OTHER_KEYS) {
      if (pem.contains("-----BEGIN " + label + "-----")) {
        throw new PkiException(
            "holds a key as \"%s\", wanted is PKCS#8 that is not encrypted: openssl pkcs8 -topk8 -nocrypt makes one of it"
                .formatted(label));
      }
    }
    return privateKeyOf(block(pem, "PRIVATE KEY"));
  }

  /// @param der PKCS#8
  static PrivateKey privateKeyOf(byte[] der) throws PkiException {
    var encoded = new PKCS8EncodedKeySpec(der);
    return key(factory -> factory.generatePrivate(encoded));
  }

  /// Whether a text holds a private key in PKCS#8 that is encrypted, see [EncryptedKeys].
  public static boolean holdsEncryptedKey(String pem) {
    return pem.contains("-----BEGIN " + ENCRYPTED_KEY + "-----");
  }

  /// The public key in a text: EC, RSA or Ed25519.
  ///
  /// @throws PkiException when there is none of that kind
  public static PublicKey publicKey(String pem) throws PkiException {
    var encoded = new X509EncodedKeySpec(block(pem, "PUBLIC KEY"));
    return key(factory -> factory.generatePublic(encoded));
  }

  /// The content of the first block with a label.
  ///
  /// @throws PkiException when there is none, or it is not Base64
  static byte[] block(String pem, String label) throws PkiException {
    Matcher blocks = BLOCK.matcher(pem);
    while (blocks.find()) {
      if (blocks.group(1).equals(label)) {
        return decode(blocks.group(2));
      }
    }
    throw new PkiException("holds no PEM block \"" + label + "\"");
  }

  /// The certificate with an encoding.
  ///
  /// @throws PkiException when it cannot be read
  public static X509Certificate certificate(byte[] der) throws PkiException {
    try {
      var factory = CertificateFactory.getInstance("X.509");
      return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      try {
        return NamelessIssuers.certificate(der);
      } catch (CertificateException _) {
        throw new PkiException("holds a certificate that cannot be read", e);
      }
    }
  }

  private interface KeyReader<K> {
    K read(KeyFactory factory) throws InvalidKeySpecException;
  }

  private static <K> K key(KeyReader<K> reader) throws PkiException {
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return reader.read(KeyFactory.getInstance(algorithm));
      } catch (InvalidKeySpecException _) {
        // made for another algorithm: try the next
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("the JDK lacks " + algorithm, e);
      }
    }
    throw new PkiException("holds no EC, RSA or Ed25519 key that can be read");
  }

  private static byte[] decode(String base64) throws PkiException {
    try {
      return Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new PkiException("holds a PEM block that is not Base64", e);
    }
  }

  static String encode(String label, byte[] der) {
    String body = new String(LINES.encode(der), StandardCharsets.US_ASCII);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }
}
