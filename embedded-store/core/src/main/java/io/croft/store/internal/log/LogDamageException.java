package io.croft.store.internal.log;

import java.io.IOException;

/// The log is damaged where it cannot be the trace of a crash: what follows was written later.
public final class LogDamageException extends IOException {
  public LogDamageException(String message) {
    super(message);
  }
}
