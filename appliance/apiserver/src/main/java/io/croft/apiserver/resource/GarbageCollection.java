package io.croft.apiserver.resource;

/// What becomes of the objects that an object of a kind owns, when it is deleted and nobody says
/// anything about them.
public enum GarbageCollection {
  /// They are collected afterwards.
  BACKGROUND,
  /// They stay, without an owner.
  ORPHAN_BY_DEFAULT,
  /// The kind owns nothing.
  UNSUPPORTED;

  /// The finalizer of an object whose dependents are to lose their owner before it goes.
  public static final String ORPHAN = "orphan";

  /// The finalizer of an object whose dependents are to go before it does.
  public static final String FOREGROUND = "foregroundDeletion";
}
