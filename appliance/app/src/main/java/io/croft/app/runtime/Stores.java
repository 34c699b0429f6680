package io.croft.app.runtime;

import io.croft.base.DataDirectory;
import io.croft.base.DataDirectoryException;
import io.croft.store.embedded.CheckReport;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.SalvageReport;
import io.croft.store.embedded.Snapshot;
import io.croft.store.embedded.StoreConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;

/// Work on the store of a data directory that no other process uses.
public final class Stores {
  /// Memory for a heap of a few hundred MiB: what is not yet written and what is cached may
  /// together come to a small part of it. Quiet watches are told once a minute how far they have
  /// got.
  static final StoreConfig CONFIG =
      StoreConfig.defaults()
          .withMemory(16 << 20, 16 << 20)
          .withCheckpointEvery(8 << 20)
          .withProgressEvery(Duration.ofMinutes(1));

  private Stores() {}

  /// Does something with a store.
  @FunctionalInterface
  public interface Use<T> {
    T with(EmbeddedStore store) throws IOException;
  }

  /// Opens the store of a data directory, has it used, and closes it.
  ///
  /// @throws NoSuchFileException when there is none yet
  /// @throws DataDirectoryException when the directory cannot be used, or another process uses it
  public static <T> T open(Path dataDir, Use<T> use) throws DataDirectoryException, IOException {
    requireStore(dataDir);
    return create(dataDir, use);
  }

  /// `open`, of a store that is made when there is none yet.
  public static <T> T create(Path dataDir, Use<T> use) throws DataDirectoryException, IOException {
    try (DataDirectory directory = DataDirectory.open(dataDir);
        EmbeddedStore store = EmbeddedStore.open(directory.store(), CONFIG)) {
      return use.with(store);
    }
  }

  /// Reads all of a store and looks whether it is sound; changes nothing in it.
  ///
  /// @throws NoSuchFileException when there is none
  public static CheckReport check(Path dataDir) throws DataDirectoryException, IOException {
    requireStore(dataDir);
    try (DataDirectory directory = DataDirectory.open(dataDir)) {
      return EmbeddedStore.check(directory.store(), CONFIG);
    }
  }

  /// Makes the store of a data directory that has none from a snapshot; see
  /// [EmbeddedStore#restore].
  public static Snapshot restore(Path snapshot, Path dataDir, long bump)
      throws DataDirectoryException, IOException {
    try (DataDirectory directory = DataDirectory.open(dataDir)) {
      return EmbeddedStore.restore(snapshot, directory.store(), bump, CONFIG);
    }
  }

  /// Makes a new store in `target` from what is certainly intact of one that does not open; see
  /// [EmbeddedStore#salvage].
  public static SalvageReport salvage(Path dataDir, Path target, long bump)
      throws DataDirectoryException, IOException {
    requireStore(dataDir);
    try (DataDirectory directory = DataDirectory.open(dataDir)) {
      return EmbeddedStore.salvage(directory.store(), target, bump, CONFIG);
    }
  }

  private static void requireStore(Path dataDir) throws NoSuchFileException {
    Path store = dataDir.resolve("store");
    if (!Files.isDirectory(store)) {
      throw new NoSuchFileException(store.toString());
    }
  }
}
