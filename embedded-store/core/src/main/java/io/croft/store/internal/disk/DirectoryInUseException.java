package io.croft.store.internal.disk;

import java.io.IOException;
import java.nio.file.Path;

/// Another store has the directory.
public final class DirectoryInUseException extends IOException {
  public DirectoryInUseException(Path directory, String holder) {
    super("the store in " + directory + " is in use by " + holder);
  }
}
