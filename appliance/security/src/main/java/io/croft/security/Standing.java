package io.croft.security;

/// What credentials rest on, which may be withdrawn while a request is being answered that was let
/// in by them. Thread-safe.
public interface Standing {
  /// The same for all that rest on the same.
  String key();

  /// Whether it is still there. May ask elsewhere, and take long.
  boolean holds();
}
