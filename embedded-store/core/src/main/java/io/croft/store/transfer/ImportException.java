package io.croft.store.transfer;

import java.io.IOException;

/// An import was refused or could not go on. The message says which, and what the target has of it.
public final class ImportException extends IOException {
  private final ImportReport imported;

  ImportException(String message, ImportReport imported) {
    super(message);
    this.imported = imported;
  }

  ImportException(String message, ImportReport imported, Throwable cause) {
    super(message, cause);
    this.imported = imported;
  }

  /// What had been done until then.
  public ImportReport imported() {
    return imported;
  }
}
