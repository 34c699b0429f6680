package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// What a watcher is told.
///
/// @param object the object after the change (its last state when it was deleted, or stopped
///   matching); for a bookmark only the kind and `metadata`; for an error a `Status`
public record WatchEvent(Type type, Item object) {
  WatchEvent(Type type, ObjectNode object) {
    this(type, new Item.Tree(object));
  }

  /// Kubernetes' event types.
  public enum Type {
    ADDED,
    MODIFIED,
    DELETED,
    BOOKMARK,
    ERROR
  }
}
