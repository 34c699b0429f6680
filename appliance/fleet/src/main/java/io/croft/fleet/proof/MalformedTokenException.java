package io.croft.fleet.proof;

/// A text is no join token, or was not copied whole. The message never holds any of it.
public final class MalformedTokenException extends Exception {
  MalformedTokenException(String message) {
    super(message);
  }
}
