package io.croft.pki;

import java.io.IOException;
import java.security.PrivateKey;
import java.security.Provider;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS8EncryptedPrivateKeyInfoBuilder;

/// Keys that a passphrase protects: PKCS#8 in PBES2 with AES-256 and PBKDF2 (RFC 8018), as OpenSSL
/// reads and writes them.
public final class EncryptedKeys implements KeyEncoding {
  /// The JDK's own knows the ciphers, but not under the names that the library asks for.
  private static final Provider PROVIDER = new BouncyCastleProvider();

  private static final int ROUNDS = 210_000;
  private static final int REMEMBERED = 64;

  private final char[] passphrase;
  private final boolean encrypting;
  private final int rounds;

  /// By their text: to find out a key anew costs a tenth of a second by intention.
  private final Map<String, PrivateKey> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, PrivateKey> eldest) {
          return size() > REMEMBERED;
        }
      };

  /// @param encrypting whether keys are written so; otherwise they are only read so, and written
  ///   plain
  /// @throws IllegalArgumentException when the passphrase is empty
  public EncryptedKeys(String passphrase, boolean encrypting) {
    this(passphrase, encrypting, ROUNDS);
  }

  /// @param rounds of PBKDF2 for keys that are written
  EncryptedKeys(String passphrase, boolean encrypting, int rounds) {
    if (passphrase.isEmpty()) {
      throw new IllegalArgumentException("the passphrase is empty");
    }
    this.passphrase = passphrase.toCharArray();
    this.encrypting = encrypting;
    this.rounds = rounds;
  }

  /// The key in a text.
  ///
  /// @throws PkiException when the passphrase is another one, or there is no such key
  public static PrivateKey decrypt(String pem, char[] passphrase) throws PkiException {
    try {
      var info = new PKCS8EncryptedPrivateKeyInfo(Pem.block(pem, Pem.ENCRYPTED_KEY));
      var decryptor =
          new JceOpenSSLPKCS8DecryptorProviderBuilder().setProvider(PROVIDER).build(passphrase);
      return Pem.privateKeyOf(info.decryptPrivateKeyInfo(decryptor).getEncoded());
    } catch (PKCSException | OperatorCreationException | IOException | RuntimeException e) {
      throw new PkiException(
          "holds a key that the passphrase does not open, or that is damaged", e);
    }
  }

  @Override
  public synchronized PrivateKey decode(String pem) throws PkiException {
    if (!Pem.holdsEncryptedKey(pem)) {
      return Pem.privateKey(pem);
    }
    PrivateKey key = known.get(pem);
    if (key == null) {
      key = decrypt(pem, passphrase);
      known.put(pem, key);
    }
    return key;
  }

  @Override
  public synchronized String encode(PrivateKey key) throws PkiException {
    if (!encrypting) {
      return Pem.encode(key);
    }
    try {
      var hash = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);
      var encryptor =
          new JceOpenSSLPKCS8EncryptorBuilder(
                  org.bouncycastle.asn1.nist.NISTObjectIdentifiers.id_aes256_CBC)
              .setProvider(PROVIDER)
              .setPRF(hash)
              .setIterationCount(rounds)
              .setPassword(passphrase)
              .build();
      byte[] der = new JcaPKCS8EncryptedPrivateKeyInfoBuilder(key).build(encryptor).getEncoded();
      String pem = Pem.encode(Pem.ENCRYPTED_KEY, der);
      known.put(pem, key);
      return pem;
    } catch (OperatorCreationException | IOException e) {
      throw new PkiException("cannot encrypt a private key", e);
    }
  }

  @Override
  public boolean differs(String pem) {
    return Pem.holdsEncryptedKey(pem) != encrypting;
  }

  /// Never shows the passphrase.
  @Override
  public String toString() {
    return "EncryptedKeys[" + (encrypting ? "encrypting" : "reading") + "]";
  }
}
