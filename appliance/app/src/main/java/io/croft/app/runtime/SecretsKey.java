package io.croft.app.runtime;

import io.croft.apiserver.storage.AesGcmSealing;
import io.croft.base.AtomicFiles;
import io.croft.base.DataDirectory;
import io.croft.store.Bytes;
import io.croft.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/// The key that Secrets are sealed with in the store: 32 bytes in Base64, as Kubernetes'
/// `EncryptionConfiguration` takes them, in the data directory's `secrets.key`.
final class SecretsKey {
  private static final String NAME = "key1";
  private static final int BYTES = 32;

  private SecretsKey() {}

  /// Loads the key; makes one when no store is there that needs another.
  ///
  /// @throws IOException when it is missing although there may be Secrets sealed with it, or is no
  ///   such key
  static AesGcmSealing.Key of(DataDirectory dataDirectory) throws IOException {
    Path file = dataDirectory.root().resolve("secrets.key");
    if (!Files.exists(file)) {
      create(file, dataDirectory.store());
    }
    AtomicFiles.narrow(file, AtomicFiles.SECRET);
    return AesGcmSealing.Key.of(NAME, read(file));
  }

  private static void create(Path file, Path store) throws IOException {
    if (Files.exists(store) && hasSealed(store)) {
      throw new IOException(
          file
              + " is missing, and the Secrets in "
              + store
              + " are sealed with it;"
              + " restore it from a backup");
    }
    byte[] key = new byte[BYTES];
    new SecureRandom().nextBytes(key);
    AtomicFiles.write(file, Base64.getEncoder().encodeToString(key) + "\n", AtomicFiles.SECRET);
  }

  /// A store that was only served as an endpoint, or imported, may have no Secrets yet.
  private static boolean hasSealed(Path directory) throws IOException {
    Bytes sealed = Bytes.utf8("k8s:enc:");
    Bytes from = Bytes.utf8("/registry/secrets/");
    try (EmbeddedStore store = EmbeddedStore.open(directory, Stores.CONFIG)) {
      boolean[] found = new boolean[1];
      return store.read(view -> {
        view.scan(
            from,
            from.prefixEnd(),
            0,
            kv -> {
              found[0] = kv.value().startsWith(sealed);
              return !found[0];
            });
        return found[0];
      });
    }
  }

  private static byte[] read(Path file) throws IOException {
    try {
      byte[] key = Base64.getDecoder().decode(Files.readString(file).strip());
      if (key.length == BYTES) {
        return key;
      }
    } catch (IllegalArgumentException e) {
      // Not Base64; said below, without what it was.
    }
    throw new IOException(
        file + " does not hold " + BYTES + " bytes in Base64; restore it from a backup");
  }
}
