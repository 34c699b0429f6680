package io.croft.app.command;

import io.croft.app.config.Configuration;
import io.croft.app.runtime.PkiSettings;
import io.croft.pki.PkiControl;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/// The keys and certificates of a data directory, as commands change them.
final class PkiDirectory {
  private PkiDirectory() {}

  /// @throws CommandException when no appliance was ever started there, or it belongs to another
  ///   user, whose appliance could not read what this one writes
  static PkiControl control(Configuration configuration) throws IOException, PkiException {
    Path directory = existing(configuration);
    String owner = Files.getOwner(directory).getName();
    if (!owner.equals(System.getProperty("user.name"))) {
      throw new CommandException(
          ExitCode.NOT_ALLOWED, "%s belongs to %s; run as %s".formatted(directory, owner, owner));
    }
    return new PkiControl(
        directory, PkiSettings.config(configuration.settings()), InstantSource.system());
  }

  static Path existing(Configuration configuration) {
    Path directory = configuration.dataDir().resolve("pki");
    if (Files.notExists(directory)) {
      throw new CommandException(
          ExitCode.FAILED,
          "no appliance was ever started with data directory %s; start one: croft up"
              .formatted(configuration.dataDir()));
    }
    return directory;
  }
}
