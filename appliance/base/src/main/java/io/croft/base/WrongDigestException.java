package io.croft.base;

import java.io.IOException;

/// A file is another one than was meant.
public final class WrongDigestException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String found;

  /// @param found the SHA-256 that it has, in hexadecimal digits
  /// @param wanted the one that it should have
  public WrongDigestException(String found, String wanted) {
    super("the SHA-256 is %s, not %s".formatted(found, wanted));
    this.found = found;
  }

  public String found() {
    return found;
  }
}
