package io.croft.apiserver.storage;

/// How a conditional write ended.
public sealed interface WriteOutcome {
  /// It is on disk, at this revision.
  record Written(long revision) implements WriteOutcome {}

  /// Nothing was done: the object is not at the revision that was expected.
  record Changed() implements WriteOutcome {}

  /// Nothing was done: a guard's key has changed.
  record GuardBroken() implements WriteOutcome {}
}
