package io.croft.base;

import java.io.Serial;
import java.util.LinkedHashMap;
import java.util.Map;

/// A map that forgets what was used longest ago once it holds more than it may, so that whoever
/// asks for ever new keys cannot fill the memory. As thread-safe as [LinkedHashMap]: not, not even
/// for reads.
public final class LruMap<K, V> extends LinkedHashMap<K, V> {
  @Serial private static final long serialVersionUID = 1;

  private final int limit;

  /// @param limit of entries, 1 or more
  public LruMap(int limit) {
    super(16, 0.75f, true);
    this.limit = limit;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > limit;
  }
}
