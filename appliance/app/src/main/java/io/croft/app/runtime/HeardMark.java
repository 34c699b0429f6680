package io.croft.app.runtime;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file by which other processes see that the appliance that a host has joined has heard of it
/// since its agent was started.
public final class HeardMark {
  private HeardMark() {}

  public static boolean isSet(Path dataDirectory) {
    return Files.exists(file(dataDirectory));
  }

  static void set(Path dataDirectory, String node) throws IOException {
    AtomicFiles.write(file(dataDirectory), node + "\n", AtomicFiles.SECRET);
  }

  /// Takes away also what an agent that was killed could not.
  public static void clear(Path dataDirectory) throws IOException {
    Files.deleteIfExists(file(dataDirectory));
  }

  private static Path file(Path dataDirectory) {
    return dataDirectory.resolve("run").resolve("node");
  }
}
