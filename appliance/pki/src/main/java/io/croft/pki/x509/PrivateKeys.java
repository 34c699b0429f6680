package io.croft.pki.x509;

import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/// Private keys as text, in the forms that servers and their tools expect.
public final class PrivateKeys {
  /// The form of the text.
  public enum Encoding {
    /// Each algorithm's own: `RSA PRIVATE KEY`, `EC PRIVATE KEY`. Ed25519 has none.
    PKCS1,
    PKCS8
  }

  private PrivateKeys() {}

  public static String encode(KeyPair pair, Encoding encoding) throws PkiException {
    if (encoding == Encoding.PKCS8 || !hasOwnForm(pair.getPrivate())) {
      return Pem.encode(pair.getPrivate());
    }
    try {
      PrivateKeyInfo info = PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded());
      ASN1Encodable content =
          pair.getPrivate() instanceof ECPrivateKey ec
              ? own(ec, pair, info)
              : info.parsePrivateKey();
      String label = pair.getPrivate() instanceof ECPrivateKey ? "EC" : "RSA";
      var text = new StringWriter();
      try (var writer = new PemWriter(text)) {
        writer.writeObject(
            new PemObject(label + " PRIVATE KEY", content.toASN1Primitive().getEncoded("DER")));
      }
      return text.toString();
    } catch (IOException e) {
      throw new PkiException("cannot write a private key", e);
    }
  }

  private static boolean hasOwnForm(PrivateKey key) {
    return key.getAlgorithm().equals("RSA") || key instanceof ECPrivateKey;
  }

  /// With the curve and the public key, which the form within PKCS#8 leaves out.
  private static ASN1Encodable own(ECPrivateKey key, KeyPair pair, PrivateKeyInfo info) {
    if (!(pair.getPublic() instanceof ECPublicKey)) {
      throw new IllegalArgumentException("the halves of a pair are of different kinds");
    }
    var point = SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded());
    return new org.bouncycastle.asn1.sec.ECPrivateKey(
        key.getParams().getOrder().bitLength(),
        key.getS(),
        new DERBitString(point.getPublicKeyData().getBytes()),
        info.getPrivateKeyAlgorithm().getParameters());
  }

  /// Reads a key in any of the forms.
  ///
  /// @throws PkiException when there is none that can be read
  public static KeyPair parse(String pem) throws PkiException {
    try (var parser = new PEMParser(new StringReader(pem))) {
      Object found;
      while ((found = parser.readObject()) != null) {
        switch (found) {
          case PEMKeyPair pair -> {
            return pair(pair.getPrivateKeyInfo());
          }
          case PrivateKeyInfo info -> {
            return pair(info);
          }
          case PEMEncryptedKeyPair _, PKCS8EncryptedPrivateKeyInfo _ ->
              throw new PkiException("holds a private key that is encrypted");
          default -> {} // parameters, certificates
        }
      }
      throw new PkiException("holds no private key in PEM");
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      throw new PkiException("holds a private key that cannot be read");
    }
  }

  private static KeyPair pair(PrivateKeyInfo info) throws IOException, PkiException {
    var pem = new StringWriter();
    try (var writer = new PemWriter(pem)) {
      writer.writeObject(new PemObject("PRIVATE KEY", info.getEncoded()));
    }
    return KeyPairs.of(Pem.privateKey(pem.toString()));
  }

  /// What the frame of the first key in a text holds, in whichever form it is.
  ///
  /// @throws PkiException when there is none
  public static byte[] der(String pem) throws PkiException {
    try (var reader = new PemReader(new StringReader(pem))) {
      PemObject block;
      while ((block = reader.readPemObject()) != null) {
        if (block.getType().endsWith("PRIVATE KEY")) {
          return block.getContent();
        }
      }
      throw new PkiException("holds no private key in PEM");
    } catch (IOException e) {
      throw new PkiException("holds a private key that cannot be read");
    }
  }
}
