package io.croft.app.runtime;

import io.croft.app.runtime.CopyDirectory.Kept;
import io.croft.app.runtime.CopyDirectory.Keys;
import io.croft.base.AtomicFiles;
import io.croft.base.DataDirectory;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.model.Json;
import io.croft.pki.KeyEncoding;
import io.croft.pki.PkiException;
import io.croft.store.StoreException;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.transfer.ChangeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// Makes an appliance of the copy that a host keeps. It may be interrupted anywhere, and repeated:
/// until the last step the host is what it was, and no appliance begins in its data directory.
public final class Promotion {
  /// No client may take a revision for one that it has seen.
  private static final long BUMP = 1_000_000_000L;

  private static final String PKI = "pki";
  private static final String STORE = "store";

  /// What is moved, in this order: what has a store has all of it.
  private static final List<String> PARTS =
      List.of(PKI, "secrets.key", EngineChoice.FILE, "k3s/token", STORE);

  private final DataDirectory directory;
  private final CopyDirectory copy;
  private final Kept kept;
  private final Keys keys;

  private Promotion(DataDirectory directory, CopyDirectory copy, Kept kept, Keys keys) {
    this.directory = directory;
    this.copy = copy;
    this.kept = kept;
    this.keys = keys;
  }

  /// What was made.
  ///
  /// @param time when it was whole
  /// @param revision the appliance's that it has a copy of
  public record Promoted(Instant time, long revision) {}

  /// When the copy was whole; empty when there is none that an appliance could be made of.
  public static Optional<Instant> copied(Path dataDirectory) throws IOException {
    CopyDirectory copy = CopyDirectory.of(dataDirectory);
    return copy.keys().isPresent() ? copy.kept().map(Kept::time) : Optional.empty();
  }

  /// Takes away a copy of what this host is no server of any more.
  public static void forgetCopy(Path dataDirectory) throws IOException {
    CopyDirectory.of(dataDirectory).delete();
  }

  /// @param encoding how this host reads the keys of the authorities
  /// @param force also of a copy that has lost some of its changes
  /// @throws IOException when there is no whole copy, or it is damaged; nothing has become of the
  ///   host then
  /// @throws PkiException when the keys cannot be read so; likewise
  public static Promoted run(
      DataDirectory directory, NodeDirectory node, KeyEncoding encoding, boolean force)
      throws IOException, PkiException {
    CopyDirectory copy = CopyDirectory.of(directory.root());
    Kept kept =
        copy.kept().orElseThrow(() -> new IOException("there is no copy of the appliance yet"));
    Keys keys = copy.keys().orElseThrow(() -> new IOException("there is no copy of its keys yet"));
    IdentityFiles.requireReadable(keys.files(), encoding);
    long revision = new Promotion(directory, copy, kept, keys).run(force);
    node.leave();
    copy.delete();
    return new Promoted(kept.time(), revision);
  }

  private long run(boolean force) throws IOException {
    if (Files.exists(directory.store())) {
      requireOwn();
      return kept.revision();
    }
    Path next = copy.newNext();
    long revision = restore(next.resolve(STORE));
    if (revision < kept.revision() && !force) {
      throw new IOException(
          ("the copy is damaged: of the changes up to revision %d, those after %d are lost; with"
                  + " --force it is made without them")
              .formatted(kept.revision(), revision));
    }
    IdentityFiles.write(Json.bytes(keys.files()), next);
    for (String part : PARTS) {
      move(next, part);
    }
    return revision;
  }

  /// A store may also have been here before, which has nothing to do with the copy.
  private void requireOwn() throws IOException {
    boolean moved =
        Files.isDirectory(copy.next())
            && Files.notExists(copy.next().resolve(STORE))
            && Files.isDirectory(directory.pki());
    if (!moved) {
      throw new IOException(
          directory.store() + " is there, and is not of the copy; move it away before");
    }
  }

  private long restore(Path to) throws IOException {
    try {
      EmbeddedStore.restore(copy.snapshot(kept), to, BUMP, Stores.CONFIG);
      if (Files.notExists(copy.changes(kept))) {
        return kept.begin();
      }
      try (EmbeddedStore store = EmbeddedStore.open(to, Stores.CONFIG)) {
        return ChangeFile.apply(copy.changes(kept), kept.begin(), store);
      }
    } catch (StoreException e) {
      throw new IOException("the copy is damaged: " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void move(Path from, String part) throws IOException {
    Path source = from.resolve(part);
    Path target = directory.root().resolve(part);
    Path parent = Objects.requireNonNull(target.getParent());
    if (Files.isDirectory(target)) {
      Files.move(target, from.resolve("before-" + part)); // of a promotion that was interrupted
    }
    if (Files.notExists(source)) {
      Files.deleteIfExists(target); // the appliance has none
      return;
    }
    AtomicFiles.ensurePrivateDirectory(parent);
    Files.move(source, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    AtomicFiles.syncDirectory(parent);
  }
}
