package io.croft.pki;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The generations of authorities in a directory of keys: `authorities/1`, `authorities/2` …, and
/// `retired/1` for one that nobody is to trust any more, whose keys are kept.
///
/// A generation appears, and goes, by one renaming, so that none is ever there in part.
record Generations(Path pki) {
  private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,8}");
  private static final String CREATED = "created";
  private static final String SUPERSEDED = "superseded";

  /// Fills the directory of a generation to be.
  @FunctionalInterface
  interface Maker {
    void make(Path directory) throws IOException, PkiException;
  }

  private Path authorities() {
    return pki.resolve("authorities");
  }

  private Path retired() {
    return pki.resolve("retired");
  }

  /// Those that are trusted, the oldest first.
  ///
  /// @throws PkiException when one is damaged
  List<Generation> active() throws IOException, PkiException {
    var active = new ArrayList<Generation>();
    var first = new PkiFiles(pki, KeyEncoding.PLAIN);
    boolean retiredFirst = Files.isDirectory(retired().resolve("0"));
    if (!retiredFirst
        && (first.exists(Purpose.CLIENTS.text()) || first.exists(Purpose.SERVERS.text()))) {
      active.add(new Generation(Generation.FIRST, pki, Instant.EPOCH, time(pki, SUPERSEDED)));
    }
    for (int number : numbers(authorities())) {
      Path directory = authorities().resolve(String.valueOf(number));
      Instant created =
          time(directory, CREATED)
              .orElseThrow(() ->
                  new PkiException(
                      directory.resolve(CREATED) + " is missing; put it back from a backup"));
      active.add(new Generation(number, directory, created, time(directory, SUPERSEDED)));
    }
    return List.copyOf(active);
  }

  /// The numbers of those that were retired.
  List<Integer> retiredNumbers() throws IOException {
    var numbers = new ArrayList<>(numbers(retired()));
    if (Files.isDirectory(retired().resolve("0"))) {
      numbers.addFirst(Generation.FIRST);
    }
    return List.copyOf(numbers);
  }

  /// The directories of those that were retired.
  List<Path> retiredPlaces() throws IOException {
    return retiredNumbers().stream()
        .map(number -> retired().resolve(String.valueOf(number)))
        .toList();
  }

  private static List<Integer> numbers(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .map(entry -> String.valueOf(entry.getFileName()))
          .filter(name -> NUMBER.matcher(name).matches())
          .map(Integer::valueOf)
          .sorted()
          .toList();
    }
  }

  private static Optional<Instant> time(Path directory, String name)
      throws IOException, PkiException {
    Path file = directory.resolve(name);
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.parse(Files.readString(file).strip()));
    } catch (DateTimeException e) {
      throw new PkiException(file + " holds no time; put it back from a backup", e);
    }
  }

  /// Adds a generation. Under the directory's [PkiLock].
  ///
  /// @return its number
  int create(Instant now, Maker maker) throws IOException, PkiException {
    AtomicFiles.ensurePrivateDirectory(authorities());
    int number =
        1
            + Stream.concat(numbers(authorities()).stream(), retiredNumbers().stream())
                .max(Comparator.naturalOrder())
                .orElse(0);
    Path staging = staging();
    delete(staging);
    AtomicFiles.ensurePrivateDirectory(staging);
    maker.make(staging);
    AtomicFiles.write(staging.resolve(CREATED), now + "\n", AtomicFiles.PUBLIC);
    Files.move(staging, authorities().resolve(String.valueOf(number)), ATOMIC_MOVE);
    AtomicFiles.syncDirectory(authorities());
    return number;
  }

  /// Removes a generation that was never finished; its keys are good for what it was to be. Under
  /// the directory's [PkiLock].
  void removeUnfinished() throws IOException {
    delete(staging());
  }

  private Path staging() {
    return authorities().resolve(".new");
  }

  void supersede(Generation generation, Instant now) throws IOException {
    AtomicFiles.write(generation.directory().resolve(SUPERSEDED), now + "\n", AtomicFiles.PUBLIC);
  }

  /// Has nobody trust a generation any more. Under the directory's [PkiLock].
  void retire(Generation generation) throws IOException {
    AtomicFiles.ensurePrivateDirectory(retired());
    Path target = retired().resolve(String.valueOf(generation.number()));
    if (generation.isFirst()) {
      retireFirst(target);
    } else {
      Files.move(generation.directory(), target, ATOMIC_MOVE);
    }
    AtomicFiles.syncDirectory(retired());
    AtomicFiles.syncDirectory(authorities());
  }

  /// Does what is left of the retirement of generation 0 after a crash.
  void finishRetirement() throws IOException {
    Path target = retired().resolve("0");
    if (Files.isDirectory(target)) {
      retireFirst(target);
    }
  }

  /// File by file; that the directory is there says that the generation is retired.
  private void retireFirst(Path target) throws IOException {
    AtomicFiles.ensurePrivateDirectory(target);
    var files = new PkiFiles(pki, KeyEncoding.PLAIN);
    for (Purpose purpose : List.of(Purpose.FRONT_PROXY, Purpose.SERVERS, Purpose.CLIENTS)) {
      for (Path file :
          List.of(files.keyFile(purpose.text()), files.certificateFile(purpose.text()))) {
        if (Files.exists(file)) {
          Files.move(file, target.resolve(file.getFileName()), ATOMIC_MOVE);
        }
      }
    }
    Files.deleteIfExists(pki.resolve(SUPERSEDED));
    AtomicFiles.syncDirectory(pki);
  }

  private static void delete(Path directory) throws IOException {
    if (Files.notExists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
