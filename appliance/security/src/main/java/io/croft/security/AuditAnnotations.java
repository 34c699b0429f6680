package io.croft.security;

import io.croft.model.Shortened;
import java.util.Map;
import java.util.TreeMap;

/// What is noted about one request for its audit event, by keys such as
/// `authorization.k8s.io/reason`. Bounded, for events wait in memory. Thread-safe.
final class AuditAnnotations {
  /// The longest text.
  static final int MAX_CHARS = 4096;

  /// The most characters of all keys and texts together.
  static final int MAX_TOTAL_CHARS = 8192;

  private static final int MAX_KEY_CHARS = 512;

  private final TreeMap<String, String> texts = new TreeMap<>();
  private int total;

  /// What was noted under the same key before is replaced. A text that is too long is cut; one for
  /// which there is no room at all is left out.
  synchronized void put(String key, String text) {
    String name = Shortened.text(key, MAX_KEY_CHARS);
    String before = texts.remove(name);
    total -= before == null ? 0 : name.length() + before.length();
    int room = Math.min(MAX_CHARS, MAX_TOTAL_CHARS - total - name.length());
    if (room > 0) {
      String kept = Shortened.text(text, room - 1);
      texts.put(name, kept);
      total += name.length() + kept.length();
    }
  }

  synchronized Map<String, String> copy() {
    return Map.copyOf(texts);
  }
}
