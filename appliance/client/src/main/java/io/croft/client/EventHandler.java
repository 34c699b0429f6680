package io.croft.client;

import io.croft.model.ApiObject;
import org.jspecify.annotations.Nullable;

/// Hears of changes to an informer's cache.
@FunctionalInterface
public interface EventHandler {
  /// Called after the cache has changed, for one change at a time; it must be quick, for instance
  /// put a key into a [WorkQueue], since the informer waits. Versions in between may be skipped.
  /// The objects are the cache's own and must not be changed.
  ///
  /// @param before null when the object is new
  /// @param after null when the object is gone
  void onChange(@Nullable ApiObject before, @Nullable ApiObject after);
}
