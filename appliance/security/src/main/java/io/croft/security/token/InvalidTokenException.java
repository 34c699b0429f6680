package io.croft.security.token;

/// A token is not good. The message says why, without anything of the token itself.
public final class InvalidTokenException extends Exception {
  public InvalidTokenException(String message) {
    super(message, null, false, false);
  }
}
