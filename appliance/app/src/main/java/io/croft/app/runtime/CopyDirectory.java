package io.croft.app.runtime;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.AtomicFiles;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.store.StoreException;
import io.croft.store.embedded.Snapshot;
import io.croft.store.transfer.ChangeFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The copy of an appliance that a host keeps, in `copy` of its data directory:
///
/// | file | what it is |
/// |---|---|
/// | `copy.json` | what it is a copy of, and how far it is whole; written last: what it names is there |
/// | `STORE-REVISION.snapshot` | the store at that revision |
/// | `STORE-REVISION.changes` | what was changed since |
/// | `keys.json` | the [IdentityFiles] |
/// | `before/` | the same, but for the keys, of another store that the appliance had until it was restored |
/// | `next/` | what a promotion makes of them |
///
/// Not thread-safe.
final class CopyDirectory {
  private static final String STATE = "copy.json";
  private static final String SNAPSHOT = ".snapshot";
  private static final String CHANGES = ".changes";

  private final Path directory;

  private CopyDirectory(Path directory) {
    this.directory = directory;
  }

  static CopyDirectory of(Path dataDirectory) {
    return new CopyDirectory(dataDirectory.resolve("copy"));
  }

  /// A snapshot and what follows it.
  ///
  /// @param store which store it is of: revisions of another one mean something else
  /// @param begin the snapshot's revision
  /// @param revision up to which it was whole, at least
  /// @param time when it was
  record Kept(String store, long begin, long revision, Instant time) {}

  /// @param stamp says which they are
  record Keys(String stamp, ObjectNode files) {}

  void create() throws IOException {
    AtomicFiles.ensurePrivateDirectory(directory);
  }

  Path snapshot(Kept kept) {
    return directory.resolve(kept.store() + "-" + kept.begin() + SNAPSHOT);
  }

  Path changes(Kept kept) {
    return directory.resolve(kept.store() + "-" + kept.begin() + CHANGES);
  }

  /// To go on with it.
  ChangeFile open(Kept kept) throws IOException {
    return ChangeFile.open(changes(kept), kept.begin());
  }

  Optional<Kept> kept() throws IOException {
    Path file = directory.resolve(STATE);
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      ObjectNode json = Json.parseObject(Files.readAllBytes(file));
      return Optional.of(
          new Kept(
              json.path("store").asText(),
              json.path("begin").asLong(),
              json.path("revision").asLong(),
              Instant.parse(json.path("time").asText())));
    } catch (MalformedJsonException | DateTimeException e) {
      throw new IOException(file + " is damaged; remove it, and a new copy is made", e);
    }
  }

  /// Where a snapshot is written before it is taken.
  Path part() {
    return directory.resolve("snapshot.part");
  }

  /// Takes away what is left of a snapshot that has not been taken.
  void clear() throws IOException {
    Files.deleteIfExists(part());
  }

  /// Takes the snapshot in [#part] in the place of the one before.
  ///
  /// @param time when it was begun
  /// @throws IOException when it is damaged
  Kept take(String store, Instant time) throws IOException {
    Kept taken;
    try {
      long revision = Snapshot.verify(part()).revision();
      taken = new Kept(store, revision, revision, time);
    } catch (StoreException.Corrupt e) {
      throw new IOException("the snapshot that came is damaged: " + e.getMessage(), e);
    }
    try (var channel = FileChannel.open(part(), StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.deleteIfExists(changes(taken));
    Files.move(part(), snapshot(taken), StandardCopyOption.ATOMIC_MOVE);
    AtomicFiles.syncDirectory(directory);
    Optional<Kept> last = kept();
    if (last.isPresent() && !last.get().store().equals(store)) {
      keep(last.get());
    }
    write(taken);
    deleteOthers(taken);
    return taken;
  }

  /// What an appliance has that was restored may be older than the copy of what it had.
  private void keep(Kept last) throws IOException {
    if (Files.notExists(snapshot(last))) {
      return;
    }
    CopyDirectory before = new CopyDirectory(directory.resolve("before"));
    before.delete();
    before.create();
    Files.createLink(before.snapshot(last), snapshot(last));
    if (Files.exists(changes(last))) {
      Files.createLink(before.changes(last), changes(last));
    }
    before.write(last);
  }

  private void deleteOthers(Kept kept) throws IOException {
    List<Path> others;
    try (Stream<Path> found = Files.list(directory)) {
      others =
          found
              .filter(
                  file -> file.toString().endsWith(SNAPSHOT) || file.toString().endsWith(CHANGES))
              .filter(file -> !file.equals(snapshot(kept)) && !file.equals(changes(kept)))
              .toList();
    }
    for (Path other : others) {
      Files.delete(other);
    }
  }

  void write(Kept kept) throws IOException {
    ObjectNode json =
        Json.object()
            .put("store", kept.store())
            .put("begin", kept.begin())
            .put("revision", kept.revision())
            .put("time", kept.time().toString());
    AtomicFiles.write(directory.resolve(STATE), Json.bytes(json), AtomicFiles.SECRET);
  }

  Optional<Keys> keys() throws IOException {
    Path file = directory.resolve("keys.json");
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      ObjectNode json = Json.parseObject(Files.readAllBytes(file));
      if (json.get("files") instanceof ObjectNode files) {
        return Optional.of(new Keys(json.path("stamp").asText(), files));
      }
    } catch (MalformedJsonException e) {
      // Said below.
    }
    throw new IOException(file + " is damaged; remove it, and a new one is fetched");
  }

  void write(Keys keys) throws IOException {
    ObjectNode json = Json.object().put("stamp", keys.stamp());
    json.set("files", keys.files());
    AtomicFiles.write(directory.resolve("keys.json"), Json.bytes(json), AtomicFiles.SECRET);
  }

  /// Where an appliance is put together.
  Path next() {
    return directory.resolve("next");
  }

  /// [#next], empty.
  Path newNext() throws IOException {
    delete(next());
    AtomicFiles.ensurePrivateDirectory(next());
    return next();
  }

  void delete() throws IOException {
    delete(directory);
  }

  private static void delete(Path path) throws IOException {
    if (Files.notExists(path)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> found = Files.walk(path)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path one : all) {
      Files.delete(one);
    }
  }
}
