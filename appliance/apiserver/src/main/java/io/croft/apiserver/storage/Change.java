package io.croft.apiserver.storage;

import org.jspecify.annotations.Nullable;

/// One thing that a watch reports.
public sealed interface Change {
  /// The revision up to which the watcher now knows everything.
  long revision();

  /// An object was written.
  ///
  /// @param previous the object before; null when it was created
  record Put(Stored object, @Nullable Stored previous) implements Change {
    @Override
    public long revision() {
      return object.revision();
    }
  }

  /// An object was removed.
  ///
  /// @param last its last state, with the removal's revision
  record Removed(Stored last) implements Change {
    @Override
    public long revision() {
      return last.revision();
    }
  }

  /// Nothing happened up to this revision.
  record Progress(long revision) implements Change {}

  /// The watch is over: the wanted history is gone, or the watcher was too slow.
  record Lost(long revision, String reason) implements Change {}
}
