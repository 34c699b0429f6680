package io.croft.apiserver.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/// One thing that a watch reports.
public sealed interface Change {
  /// The revision up to which the watcher now knows everything.
  long revision();

  /// An object was written. Both trees belong to the receiver.
  ///
  /// @param created whether it did not exist before
  /// @param previous the object before; null when it was created, or when it was not asked for
  record Put(ObjectNode object, boolean created, @Nullable ObjectNode previous, long revision)
      implements Change {}

  /// An object was removed.
  ///
  /// @param last its last state, `metadata.resourceVersion` set to the removal's revision
  record Removed(ObjectNode last, long revision) implements Change {}

  /// Nothing happened up to this revision.
  record Progress(long revision) implements Change {}

  /// The watch is over: the wanted history is gone, or the watcher was too slow.
  record Lost(long revision, String reason) implements Change {}
}
