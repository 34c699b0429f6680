package io.croft.apiserver.storage;

import org.jspecify.annotations.Nullable;

/// How a conditional write ended.
public sealed interface WriteOutcome {
  /// It is on disk, at this revision.
  record Written(long revision) implements WriteOutcome {}

  /// Nothing was done: the object is not at the revision that was expected.
  ///
  /// @param current what is there instead; null when nothing is
  record Changed(@Nullable Stored current) implements WriteOutcome {}

  /// Nothing was done: the guard's key has changed.
  record GuardBroken() implements WriteOutcome {}
}
