package io.croft.pki;

/// Keys or certificates cannot be used; the message is one line that names the file, the cause and
/// the mend, and never holds key material.
public final class PkiException extends Exception {
  public PkiException(String message) {
    super(message);
  }

  public PkiException(String message, Throwable cause) {
    super(message, cause);
  }
}
