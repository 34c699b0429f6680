package io.croft.pki;

import java.util.Arrays;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.hpke.HPKE;

/// Whoever gets a secret that only it can open, with a key made for this once: hybrid public key
/// encryption (RFC 9180, base mode) by X25519, HKDF-SHA256 and AES-256-GCM. Who the recipient is,
/// is for others to find out: the connection over which its public key came.
public final class Recipient {
  private static final byte[] NO_MORE = {};

  private final AsymmetricCipherKeyPair key;

  private Recipient(AsymmetricCipherKeyPair key) {
    this.key = key;
  }

  private static HPKE hpke() {
    return new HPKE(
        HPKE.mode_base, HPKE.kem_X25519_SHA256, HPKE.kdf_HKDF_SHA256, HPKE.aead_AES_GCM256);
  }

  /// With a new key, which stays in memory.
  public static Recipient generate() {
    return new Recipient(hpke().generatePrivateKey());
  }

  /// 32 bytes.
  public byte[] publicKey() {
    return hpke().serializePublicKey(key.getPublic());
  }

  /// @param publicKey of the recipient
  /// @param context what both sides know; another one opens nothing
  /// @throws PkiException when that is no public key
  public static byte[] seal(byte[] secret, byte[] publicKey, byte[] context) throws PkiException {
    HPKE hpke = hpke();
    try {
      byte[][] sealed =
          hpke.seal(
              hpke.deserializePublicKey(publicKey), context, NO_MORE, secret, null, null, null);
      byte[] all = Arrays.copyOf(sealed[1], sealed[1].length + sealed[0].length);
      System.arraycopy(sealed[0], 0, all, sealed[1].length, sealed[0].length);
      return all;
    } catch (InvalidCipherTextException | RuntimeException e) {
      throw new PkiException("the recipient's public key is not of X25519", e);
    }
  }

  /// @throws PkiException when it was not sealed for this recipient and context, or was changed
  public byte[] open(byte[] sealed, byte[] context) throws PkiException {
    HPKE hpke = hpke();
    int head = hpke.getEncSize();
    if (sealed.length <= head) {
      throw new PkiException("what is sealed is cut off");
    }
    try {
      return hpke.open(
          Arrays.copyOf(sealed, head),
          key,
          context,
          NO_MORE,
          Arrays.copyOfRange(sealed, head, sealed.length),
          null,
          null,
          null);
    } catch (InvalidCipherTextException | RuntimeException e) {
      throw new PkiException("what is sealed is not for this recipient, or was changed", e);
    }
  }
}
