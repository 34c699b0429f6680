package io.croft.store.transfer;

/// What an import did.
///
/// @param leases how many leases of the export the target has now, those that it had included
/// @param created how many keys came into being
/// @param replaced how many keys were there and got the export's value
/// @param kept how many keys were there and stayed as they were
public record ImportReport(long leases, long created, long replaced, long kept) {
  /// How many keys of the export have been dealt with.
  public long keys() {
    return created + replaced + kept;
  }
}
