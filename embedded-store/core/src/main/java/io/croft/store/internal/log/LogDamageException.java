package io.croft.store.internal.log;

import java.io.IOException;

/// The log is damaged where it cannot be the trace of a crash: what follows was written later.
public final class LogDamageException extends IOException {
  private final LogPosition end;

  /// @param end up to where the log is intact
  LogDamageException(String message, LogPosition end) {
    super(message);
    this.end = end;
  }

  /// Up to where the log is intact.
  public LogPosition end() {
    return end;
  }
}
