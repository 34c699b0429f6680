package io.croft.model;

/// Bytes that are not the JSON that was asked for. The message is one line and says what is wrong
/// and, where there is one, at which line and column.
public final class MalformedJsonException extends Exception {
  public MalformedJsonException(String message) {
    super(message);
  }
}
