package io.croft.store.embedded;

import org.jspecify.annotations.Nullable;

/// What [EmbeddedStore#salvage] saved, and what is lost.
///
/// @param damage what is wrong with the log, and where; null when it is intact, and nothing is lost
/// @param revision the revision that the saved content is of; all later ones are lost
/// @param lastFound the highest revision of which there is a trace behind the damage, `revision`
///   when there is none; what was lost may go on beyond it
/// @param newRevision the revision that the new store begins with
public record SalvageReport(
    @Nullable String damage,
    long revision,
    long lastFound,
    long newRevision,
    long leases,
    long keys) {
  /// How many revisions are known to be lost.
  public long lost() {
    return lastFound - revision;
  }
}
