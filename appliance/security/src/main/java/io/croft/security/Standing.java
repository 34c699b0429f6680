package io.croft.security;

import java.util.function.BooleanSupplier;

/// What credentials rest on, which may be withdrawn while a request is being answered that was let
/// in by them. Thread-safe.
public interface Standing {
  /// The same for all that rest on the same.
  String key();

  /// Whether it is still there. May ask elsewhere, and take long.
  boolean holds();

  /// @param key the same for all that rest on the same
  /// @param holds throws when that cannot be told; it is asked again
  static Standing of(String key, BooleanSupplier holds) {
    return new Standing() {
      @Override
      public String key() {
        return key;
      }

      @Override
      public boolean holds() {
        return holds.getAsBoolean();
      }
    };
  }
}
