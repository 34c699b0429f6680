package io.croft.apiserver.storage;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The `aesgcm` provider of Kubernetes' encryption at rest: `k8s:enc:aesgcm:v1:NAME:` + 12 bytes
/// nonce + ciphertext + 16 bytes tag, with the storage key as additional data. Bytes without the
/// envelope are taken as they are, as with the `identity` provider behind it, so that objects
/// written before still open.
public final class AesGcmSealing implements Sealing {
  private static final String SCHEME = "k8s:enc:aesgcm:v1:";
  private static final byte[] ANY_SCHEME = "k8s:enc:".getBytes(StandardCharsets.US_ASCII);
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  /// A named AES key of 16, 24 or 32 bytes.
  public record Key(String name, SecretKey secret) {
    public static Key of(String name, byte[] secret) {
      return new Key(name, new SecretKeySpec(secret, "AES"));
    }
  }

  private final List<Key> keys;
  private final SecureRandom random = new SecureRandom();

  /// @param keys the first seals, all open; at least one
  public AesGcmSealing(List<Key> keys) {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("no encryption key");
    }
    this.keys = List.copyOf(keys);
  }

  @Override
  public byte[] seal(byte[] plain, byte[] context) {
    Key key = keys.getFirst();
    byte[] head = prefix(key);
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, 0, context);
      byte[] out = Arrays.copyOf(head, head.length + NONCE_BYTES + plain.length + TAG_BITS / 8);
      System.arraycopy(nonce, 0, out, head.length, NONCE_BYTES);
      cipher.doFinal(plain, 0, plain.length, out, head.length + NONCE_BYTES);
      return out;
    } catch (GeneralSecurityException e) {
      throw new StoredObjectException("cannot encrypt", e);
    }
  }

  @Override
  public byte[] open(byte[] sealed, byte[] context) {
    if (!startsWith(sealed, ANY_SCHEME)) {
      return sealed;
    }
    String where = new String(context, StandardCharsets.UTF_8);
    for (Key key : keys) {
      byte[] head = prefix(key);
      if (startsWith(sealed, head) && sealed.length >= head.length + NONCE_BYTES + TAG_BITS / 8) {
        try {
          Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, sealed, head.length, context);
          int from = head.length + NONCE_BYTES;
          return cipher.doFinal(sealed, from, sealed.length - from);
        } catch (GeneralSecurityException e) {
          throw new StoredObjectException("what is stored under " + where + " does not decrypt", e);
        }
      }
    }
    throw new StoredObjectException(
        "what is stored under " + where + " is sealed with an unknown key");
  }

  private static byte[] prefix(Key key) {
    return (SCHEME + key.name() + ":").getBytes(StandardCharsets.US_ASCII);
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static Cipher cipher(int mode, Key key, byte[] nonce, int nonceAt, byte[] context)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key.secret(), new GCMParameterSpec(TAG_BITS, nonce, nonceAt, NONCE_BYTES));
    cipher.updateAAD(context);
    return cipher;
  }
}
