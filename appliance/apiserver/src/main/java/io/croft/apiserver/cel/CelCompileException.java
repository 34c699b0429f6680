package io.croft.apiserver.cel;

/// A text is not an expression, or not one of the wanted type. The message says where.
public final class CelCompileException extends Exception {
  private static final long serialVersionUID = 1;

  CelCompileException(String message) {
    super(message);
  }
}
