package io.croft.apiserver.cel;

import org.jspecify.annotations.Nullable;

/// What an expression is evaluated over.
@FunctionalInterface
public interface Variables {
  /// @return a value made by {@link Values}, or one that an expression gave; null when there is
  ///   none
  @Nullable Object find(String name);
}
