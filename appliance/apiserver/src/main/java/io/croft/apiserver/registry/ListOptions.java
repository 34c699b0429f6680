package io.croft.apiserver.registry;

import io.croft.model.FieldSelector;
import io.croft.model.LabelSelector;

/// Which objects of a collection are wanted, and as of when.
///
/// @param limit the most objects, 0 for all
/// @param continueToken where to go on, from the answer before; empty for the beginning
/// @param version the revision wanted, -1 when not given
/// @param match how `version` is meant
public record ListOptions(
    LabelSelector labels,
    FieldSelector fields,
    long limit,
    String continueToken,
    long version,
    VersionMatch match) {
  /// How a wanted version is meant.
  public enum VersionMatch {
    UNSET,
    NOT_OLDER_THAN,
    EXACT
  }
}
