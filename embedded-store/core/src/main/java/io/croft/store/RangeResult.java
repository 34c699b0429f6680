package io.croft.store;

import java.util.List;

/// What was read.
///
/// @param revision the store's revision of the very snapshot that was read (not the one asked for)
/// @param kvs at most `limit` keys, in key order unless sorted otherwise
/// @param more whether `limit` cut the answer
/// @param count all keys in the range at the revision read, whatever `limit` says
public record RangeResult(long revision, List<KeyValue> kvs, boolean more, long count) {}
