package io.croft.store.transfer;

import io.croft.store.Bytes;
import java.time.Instant;

/// What an export has.
///
/// @param revision the revision that the keys are of
/// @param prefix what all keys start with; empty for an export of everything
public record ExportSummary(
    long revision, Instant exportedAt, Bytes prefix, long leases, long keys) {}
