package io.croft.certificates.acme.solving;

/// A challenge cannot be solved, or not yet; the message says why, to users.
public final class SolverException extends Exception {
  private static final long serialVersionUID = 1L;

  SolverException(String message) {
    super(message);
  }

  SolverException(String message, Throwable cause) {
    super(message, cause);
  }
}
