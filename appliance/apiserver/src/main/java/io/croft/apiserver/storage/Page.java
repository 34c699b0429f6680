package io.croft.apiserver.storage;

import java.util.List;

/// A piece of a list.
///
/// @param storeRevision the store's revision when it was read
/// @param items in key order
/// @param more whether the range holds further objects behind the last of `items`
/// @param count all objects in the range that was asked for
public record Page(long storeRevision, List<Stored> items, boolean more, long count) {}
