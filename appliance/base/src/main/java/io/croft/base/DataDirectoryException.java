package io.croft.base;

/// The data directory cannot be used. The message is one line that names the cause and the mend.
public final class DataDirectoryException extends Exception {
  private final Cause reason;

  /// What stands in the way, for exit codes.
  public enum Cause {
    NOT_A_DIRECTORY,
    NO_PERMISSION,
    FOREIGN_CONTENT,
    OTHER_FORMAT,
    IN_USE,
    IO_ERROR
  }

  DataDirectoryException(Cause reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Cause reason() {
    return reason;
  }
}
