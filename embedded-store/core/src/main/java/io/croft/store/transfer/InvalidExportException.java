package io.croft.store.transfer;

import java.io.IOException;
import java.nio.file.Path;

/// A file is not an export, or not a whole one.
public final class InvalidExportException extends IOException {
  /// @param line counted from 1; 0 when it is about the file as a whole
  InvalidExportException(Path file, long line, String reason) {
    super(file + (line == 0 ? "" : ", line " + line) + ": " + reason);
  }
}
