package io.croft.store.embedded;

import java.util.List;

/// What [EmbeddedStore#check] found.
///
/// @param revision the store's revision, 0 when it could not be read
/// @param problems what is wrong, in words; empty when the store is sound
/// @param notes what is unusual but did no harm
public record CheckReport(
    long revision,
    long compactedRevision,
    long keys,
    long leases,
    List<String> problems,
    List<String> notes) {
  public CheckReport {
    problems = List.copyOf(problems);
    notes = List.copyOf(notes);
  }

  public boolean isSound() {
    return problems.isEmpty();
  }
}
