package io.croft.store.internal.disk;

import java.io.IOException;

/// The disk, or the user's quota on it, is full.
public final class NoSpaceException extends IOException {
  public NoSpaceException(String message, Throwable cause) {
    super(message, cause);
  }

  public NoSpaceException(String message) {
    super(message);
  }
}
