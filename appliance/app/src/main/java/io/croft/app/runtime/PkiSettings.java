package io.croft.app.runtime;

import io.croft.app.config.Configuration;
import io.croft.app.config.KeyEncryption;
import io.croft.base.AtomicFiles;
import io.croft.base.Settings;
import io.croft.pki.EncryptedKeys;
import io.croft.pki.KeyEncoding;
import io.croft.pki.Passphrase;
import io.croft.pki.Pem;
import io.croft.pki.PkiConfig;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/// What the settings say about keys and certificates.
public final class PkiSettings {
  private static final int HOST_KEY_BYTES = 32;

  private PkiSettings() {}

  /// As they are read, by any process.
  ///
  /// @throws PkiException when what opens the keys is missing or unusable
  public static PkiConfig config(Settings settings) throws IOException, PkiException {
    return PkiConfig.DEFAULT
        .withOverlap(settings.get(Configuration.PKI_OVERLAP))
        .withPublicUrl(settings.get(Configuration.PKI_URL))
        .withKeys(keys(settings));
  }

  /// Makes the key of this machine where it is needed for the first time. For the process that owns
  /// the data directory.
  static void prepare(Settings settings, Path pki) throws IOException, PkiException {
    Path key = hostKey(settings);
    if (settings.get(Configuration.PKI_KEY_ENCRYPTION) != KeyEncryption.HOST || Files.exists(key)) {
      return;
    }
    if (hasEncryptedKeys(pki)) {
      throw new PkiException(
          "the key of this machine, %s, is missing, and the key files in %s are encrypted with it or another; put it back from a backup"
              .formatted(key, pki));
    }
    byte[] random = new byte[HOST_KEY_BYTES];
    new SecureRandom().nextBytes(random);
    Path parent = key.getParent();
    if (parent != null && Files.notExists(parent)) {
      AtomicFiles.ensurePrivateDirectory(parent);
    }
    AtomicFiles.write(key, HexFormat.of().formatHex(random) + "\n", AtomicFiles.SECRET);
  }

  private static boolean hasEncryptedKeys(Path pki) throws IOException {
    if (Files.notExists(pki)) {
      return false;
    }
    try (var files = Files.walk(pki)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".key")).toList()) {
        if (Pem.holdsEncryptedKey(Files.readString(file))) {
          return true;
        }
      }
    }
    return false;
  }

  /// How key files are read and written.
  ///
  /// @throws PkiException when what opens them is missing or unusable
  public static KeyEncoding keys(Settings settings) throws IOException, PkiException {
    Optional<Path> passphraseFile = settings.get(Configuration.PKI_PASSPHRASE_FILE);
    return switch (settings.get(Configuration.PKI_KEY_ENCRYPTION)) {
      case NONE ->
          passphraseFile.isPresent()
              ? new EncryptedKeys(Passphrase.read(passphraseFile.get()), false)
              : KeyEncoding.PLAIN;
      case PASSPHRASE -> {
        if (passphraseFile.isEmpty()) {
          throw new PkiException(
              "croft.pki.key-encryption: passphrase needs croft.pki.passphrase-file");
        }
        yield new EncryptedKeys(Passphrase.read(passphraseFile.get()), true);
      }
      case HOST -> new EncryptedKeys(Passphrase.read(hostKey(settings)), true);
    };
  }

  /// Where another file is not named: outside the data directory, so that a copy of that is of no
  /// use elsewhere.
  private static Path hostKey(Settings settings) {
    return settings
        .get(Configuration.PKI_PASSPHRASE_FILE)
        .orElseGet(() ->
            System.getProperty("user.name").equals("root")
                ? Path.of("/etc/croft/host.key")
                : Path.of(System.getProperty("user.home"), ".config", "croft", "host.key"));
  }
}
