package io.croft.apiserver.storage;

/// What is stored under a key cannot be read as an object. The message names the key, never the
/// content.
public final class StoredObjectException extends RuntimeException {
  public StoredObjectException(String message, Throwable cause) {
    super(message, cause);
  }

  public StoredObjectException(String message) {
    super(message);
  }
}
