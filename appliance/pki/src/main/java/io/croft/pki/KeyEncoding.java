package io.croft.pki;

import java.security.PrivateKey;

/// How private keys stand in their files. Thread-safe.
public interface KeyEncoding {
  /// PKCS#8, not encrypted.
  KeyEncoding PLAIN =
      new KeyEncoding() {
        @Override
        public String encode(PrivateKey key) {
          return Pem.encode(key);
        }

        @Override
        public PrivateKey decode(String pem) throws PkiException {
          if (Pem.holdsEncryptedKey(pem)) {
            throw new PkiException(
                "is encrypted; say with what: croft.pki.key-encryption and"
                    + " croft.pki.passphrase-file");
          }
          return Pem.privateKey(pem);
        }
      };

  String encode(PrivateKey key) throws PkiException;

  /// @throws PkiException when there is no key that can be read
  PrivateKey decode(String pem) throws PkiException;

  /// Whether a file has to be written again to be as it should be.
  default boolean differs(String pem) {
    return Pem.holdsEncryptedKey(pem);
  }
}
