package io.croft.apiserver.cel;

/// An evaluation has cost more than it may, or was interrupted: it says nothing about the object.
public final class CelCostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CelCostException(String message) {
    super(message, null, false, false);
  }
}
