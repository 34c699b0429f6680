package io.croft.security.audit;

/// An audit policy cannot be used; the message names all that is wrong with it.
public final class InvalidPolicyException extends Exception {
  InvalidPolicyException(String message) {
    super(message);
  }
}
