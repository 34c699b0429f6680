package io.croft.store.internal.state;

import io.croft.store.Bytes;
import org.jspecify.annotations.Nullable;

/// A half-open range of keys.
///
/// @param to exclusive; null for "to the end"
public record KeyRange(Bytes from, @Nullable Bytes to) {
  private static final Bytes TO_THE_END = Bytes.wrap(new byte[1]);

  /// The range that a request means: `rangeEnd` empty for the single key, a single 0 byte for every
  /// key from `key` on.
  public static KeyRange of(Bytes key, Bytes rangeEnd) {
    if (rangeEnd.isEmpty()) {
      return new KeyRange(key, key.successor());
    }
    return new KeyRange(key, rangeEnd.equals(TO_THE_END) ? null : rangeEnd);
  }

  public boolean contains(Bytes key) {
    return from.compareTo(key) <= 0 && endsAfter(key);
  }

  /// Whether `key` stands before the end.
  public boolean endsAfter(Bytes key) {
    return to == null || key.compareTo(to) < 0;
  }

  /// Whether it has just one key.
  public boolean isSingle() {
    return to != null && to.length() == from.length() + 1 && to.equals(from.successor());
  }

  public boolean isEmpty() {
    return to != null && from.compareTo(to) >= 0;
  }
}
