package io.croft.store.internal.watch;

import io.croft.store.Bytes;
import io.croft.store.internal.state.KeyRange;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Finds who is interested in a key. The keys are cut into segments at every end of a range, and
/// each segment knows everyone whose range covers it: a look-up is one search of a tree, whatever
/// the number of ranges. Not thread-safe.
final class KeyRangeIndex<T> {
  /// Segment start (its end is the next one's start) to those who cover it.
  private final NavigableMap<Bytes, Set<T>> segments = new TreeMap<>();

  void add(KeyRange range, T who) {
    if (range.isEmpty()) {
      return;
    }
    cut(range.from());
    if (range.to() != null) {
      cut(range.to());
    }
    covered(range).values().forEach(set -> set.add(who));
  }

  void remove(KeyRange range, T who) {
    if (range.isEmpty()) {
      return;
    }
    covered(range).values().forEach(set -> set.remove(who));
    join(range.from());
    covered(range).keySet().stream().toList().forEach(this::join);
    if (range.to() != null) {
      join(range.to());
    }
  }

  /// Everyone whose range has the key.
  Set<T> at(Bytes key) {
    Map.Entry<Bytes, Set<T>> segment = segments.floorEntry(key);
    return segment == null ? Set.of() : segment.getValue();
  }

  int segments() {
    return segments.size();
  }

  private NavigableMap<Bytes, Set<T>> covered(KeyRange range) {
    Bytes to = range.to();
    return to == null
        ? segments.tailMap(range.from(), true)
        : segments.subMap(range.from(), true, to, false);
  }

  private void cut(Bytes at) {
    if (!segments.containsKey(at)) {
      segments.put(at, new HashSet<>(at(at)));
    }
  }

  /// Removes a cut that separates nothing any more.
  private void join(Bytes at) {
    Set<T> after = segments.get(at);
    if (after != null && after.equals(before(at))) {
      segments.remove(at);
    }
  }

  private Set<T> before(Bytes at) {
    Map.@Nullable Entry<Bytes, Set<T>> segment = segments.lowerEntry(at);
    return segment == null ? Set.of() : segment.getValue();
  }
}
