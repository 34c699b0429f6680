package io.croft.app.config;

/// With what the files of private keys are encrypted.
public enum KeyEncryption {
  /// They are not; a file that is gets decrypted.
  NONE,
  /// With a passphrase of the user.
  PASSPHRASE,
  /// With a key of this machine, which is made outside the data directory.
  HOST
}
