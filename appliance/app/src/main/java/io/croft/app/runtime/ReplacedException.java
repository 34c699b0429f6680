package io.croft.app.runtime;

import java.io.IOException;

/// Another server is the appliance: it is not tried again.
public final class ReplacedException extends IOException {
  private static final long serialVersionUID = 1L;

  ReplacedException(String message) {
    super(message);
  }
}
