package io.croft.pki;

import io.croft.base.LruMap;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;

/// Keys that a passphrase protects: PKCS#8 in PBES2 with AES-256 and PBKDF2 (RFC 8018), as OpenSSL
/// reads and writes them.
public final class EncryptedKeys implements KeyEncoding {
  private static final String CIPHER = "PBEWithHmacSHA256AndAES_256";
  private static final int SALT_BYTES = 16;
  private static final int BLOCK_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  private static final int ROUNDS = 210_000;
  private static final int REMEMBERED = 64;

  private final char[] passphrase;
  private final boolean encrypting;
  private final int rounds;

  /// By their text: to find out a key anew costs a tenth of a second by intention.
  private final Map<String, PrivateKey> known = new LruMap<>(REMEMBERED);

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
      EncryptedPrivateKeyInfo info = read(pem);
      AlgorithmParameters parameters = info.getAlgParameters();
      if (parameters == null) {
        throw new NoSuchAlgorithmException(info.getAlgName());
      }
      // What PBES2 stands for is what its parameters call themselves.
      String algorithm = parameters.toString();
      if (!algorithm.startsWith("PBEWith")) {
        algorithm = info.getAlgName();
      }
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(Cipher.DECRYPT_MODE, key(algorithm, passphrase), parameters);
      return Pem.privateKeyOf(info.getKeySpec(cipher).getEncoded());
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new PkiException(
          "holds a key that the passphrase does not open, or that is damaged", e);
    }
  }

  private static EncryptedPrivateKeyInfo read(String pem) throws PkiException {
    try {
      return new EncryptedPrivateKeyInfo(Pem.block(pem, Pem.ENCRYPTED_KEY));
    } catch (IOException e) {
      throw new PkiException(
          "holds a key that is damaged, or not protected by PBKDF2 with AES-128 or AES-256;"
              + " openssl pkcs8 -topk8 makes such a one of others",
          e);
    }
  }

  private static SecretKey key(String algorithm, char[] passphrase)
      throws GeneralSecurityException {
    var spec = new PBEKeySpec(passphrase);
    try {
      return SecretKeyFactory.getInstance(algorithm).generateSecret(spec);
    } finally {
      spec.clearPassword();
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
      Cipher cipher = Cipher.getInstance(CIPHER);
      var parameters =
          new PBEParameterSpec(
              random(SALT_BYTES), rounds, new IvParameterSpec(random(BLOCK_BYTES)));
      cipher.init(Cipher.ENCRYPT_MODE, key(CIPHER, passphrase), parameters);
      byte[] encrypted = cipher.doFinal(key.getEncoded());
      // The same parameters under the name that has an identifier in ASN.1.
      AlgorithmParameters named = AlgorithmParameters.getInstance("PBES2");
      named.init(cipher.getParameters().getEncoded());
      byte[] der = new EncryptedPrivateKeyInfo(named, encrypted).getEncoded();
      String pem = Pem.encode(Pem.ENCRYPTED_KEY, der);
      known.put(pem, key);
      return pem;
    } catch (GeneralSecurityException | IOException e) {
      throw new PkiException("cannot encrypt a private key", e);
    }
  }

  private static byte[] random(int length) {
    var bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
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
