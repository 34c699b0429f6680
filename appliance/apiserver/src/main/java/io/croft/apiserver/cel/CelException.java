package io.croft.apiserver.cel;

import io.croft.model.Shortened;

/// An expression cannot be evaluated over the values at hand: `no such key: x`, `division by zero`.
/// The message goes to whoever wrote the object.
public final class CelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// Messages repeat what objects hold.
  private static final int MAX_CHARS = 1024;

  CelException(String message) {
    super(Shortened.text(message, MAX_CHARS), null, false, false);
  }

  static CelException noSuchOverload() {
    return new CelException("no such overload");
  }

  static CelException noSuchKey(Object key) {
    return new CelException("no such key: " + key);
  }

  /// The same, with what was being done in front.
  public CelException within(String what) {
    return new CelException(what + ": " + getMessage());
  }
}
