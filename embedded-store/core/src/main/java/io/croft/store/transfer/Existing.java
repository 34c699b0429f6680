package io.croft.store.transfer;

/// What an import does when the target has keys.
public enum Existing {
  /// Refuse a target that has any key.
  REFUSE,
  /// Merge; a key that is in both stays as the target has it.
  KEEP,
  /// Merge; a key that is in both gets the export's value and lease.
  REPLACE
}
