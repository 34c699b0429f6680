package io.croft.store;

/// One key at one revision.
///
/// @param createRevision the revision at which the key last came into being
/// @param modRevision the revision that wrote this value
/// @param version 1 at creation, one more per put
/// @param lease the lease that the last put attached, 0 for none
public record KeyValue(
    Bytes key, Bytes value, long createRevision, long modRevision, long version, long lease) {}
