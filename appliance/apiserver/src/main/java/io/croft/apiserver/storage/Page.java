package io.croft.apiserver.storage;

import java.util.List;

/// A piece of a list.
///
/// @param storeRevision the store's revision when it was read
/// @param items in key order
/// @param bytes what the items take in the store
/// @param more whether the range holds further objects behind the last of `items`
/// @param count all objects in the range that was asked for
public record Page(long storeRevision, List<Stored> items, long bytes, boolean more, long count) {}
