package io.croft.fleet.agent.component;

import io.croft.base.AtomicFiles;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The components of a host on its disk: `NAME/record.json`, and beside it the stages.
final class ComponentDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(ComponentDirectory.class);
  private static final String RECORD = "record.json";

  private final Path directory;

  ComponentDirectory(Path directory) {
    this.directory = directory;
  }

  Path of(String component) {
    return directory.resolve(component);
  }

  List<InstalledComponent> all() throws IOException {
    AtomicFiles.ensurePrivateDirectory(directory);
    List<Path> found;
    try (Stream<Path> children = Files.list(directory)) {
      found = children.sorted().toList();
    }
    var all = new ArrayList<InstalledComponent>();
    for (Path child : found) {
      read(child).ifPresent(all::add);
    }
    return all;
  }

  Optional<InstalledComponent> find(String component) throws IOException {
    return read(of(component));
  }

  /// One that cannot be read is taken for none: its component is checked, and installed if need be.
  private static Optional<InstalledComponent> read(Path component) throws IOException {
    Path file = component.resolve(RECORD);
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(InstalledComponent.of(Json.parseObject(Files.readAllBytes(file))));
    } catch (MalformedJsonException | DateTimeException e) {
      LOG.atWarn().addKeyValue("file", file).setCause(e).log("a record is damaged");
      return Optional.empty();
    }
  }

  void write(InstalledComponent installed) throws IOException {
    Path component = of(installed.component());
    AtomicFiles.ensurePrivateDirectory(component);
    AtomicFiles.write(
        component.resolve(RECORD), Json.text(installed.json()) + "\n", AtomicFiles.SECRET);
  }

  boolean isStaged(InstalledComponent installed) {
    return !installed.stage().isEmpty()
        && Files.exists(
            of(installed.component()).resolve(installed.stage()).resolve(Stage.SETTINGS));
  }

  Stage stage(InstalledComponent installed) throws IOException {
    return Stage.open(of(installed.component()).resolve(installed.stage()));
  }

  /// Deletes the stages of other versions.
  void tidy(InstalledComponent installed) throws IOException {
    List<Path> children;
    try (Stream<Path> found = Files.list(of(installed.component()))) {
      children = found.filter(Files::isDirectory).toList();
    }
    for (Path child : children) {
      if (!child.endsWith(installed.stage())) {
        Stages.delete(child);
      }
    }
  }

  /// Deletes what is left of components whose forgetting was interrupted.
  void clear() throws IOException {
    AtomicFiles.ensurePrivateDirectory(directory);
    List<Path> found;
    try (Stream<Path> children = Files.list(directory)) {
      found = children.filter(child -> Files.notExists(child.resolve(RECORD))).toList();
    }
    for (Path child : found) {
      Stages.delete(child);
    }
  }

  /// The record goes first: half a stage is nothing.
  void forget(InstalledComponent installed) throws IOException {
    Files.deleteIfExists(of(installed.component()).resolve(RECORD));
    Stages.delete(of(installed.component()));
  }
}
