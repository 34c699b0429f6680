package io.croft.store.embedded;

import io.croft.store.Bytes;
import io.croft.store.internal.state.KeyRange;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A union of ranges of keys. Ranges that overlap are made one, so that a look-up is one search of
/// a tree. Not thread-safe.
final class KeyRanges {
  /// By start; none overlaps another.
  private final NavigableMap<Bytes, KeyRange> ranges = new TreeMap<>();

  void add(KeyRange range) {
    if (range.isEmpty()) {
      return;
    }
    KeyRange all = range;
    KeyRange before = at(ranges.floorEntry(range.from()));
    if (before != null && before.endsAfter(range.from())) {
      all = merged(before, range);
    }
    KeyRange next;
    while ((next = at(ranges.ceilingEntry(all.from()))) != null && all.endsAfter(next.from())) {
      ranges.remove(next.from());
      all = merged(all, next);
    }
    ranges.put(all.from(), all);
  }

  /// Adds all of `others`, which is given up.
  ///
  /// @return the union, which may be either of the two
  KeyRanges with(KeyRanges others) {
    if (others.ranges.size() > ranges.size()) {
      return others.with(this);
    }
    others.ranges.values().forEach(this::add);
    return this;
  }

  boolean containsAnyOf(NavigableSet<Bytes> keys) {
    return keys.size() < ranges.size()
        ? keys.stream().anyMatch(this::contains)
        : ranges.values().stream().anyMatch(range -> containsAnyOf(range, keys));
  }

  private static boolean containsAnyOf(KeyRange range, NavigableSet<Bytes> keys) {
    Bytes first = keys.ceiling(range.from());
    return first != null && range.endsAfter(first);
  }

  boolean contains(Bytes key) {
    KeyRange range = at(ranges.floorEntry(key));
    return range != null && range.endsAfter(key);
  }

  private static @Nullable KeyRange at(Map.@Nullable Entry<Bytes, KeyRange> entry) {
    return entry == null ? null : entry.getValue();
  }

  /// @param first starts no later than `second`, and overlaps it
  private static KeyRange merged(KeyRange first, KeyRange second) {
    Bytes end = second.to();
    return end != null && first.endsAfter(end) ? first : new KeyRange(first.from(), end);
  }
}
