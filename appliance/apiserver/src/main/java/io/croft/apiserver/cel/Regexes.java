package io.croft.apiserver.cel;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;

/// Regular expressions, of RE2: they match in linear time. The most recently used ones are kept.
final class Regexes {
  private static final int KEPT = 256;
  private static final int MAX_LENGTH = 16 << 10;

  private static final Map<String, Pattern> COMPILED =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Pattern> eldest) {
          return size() > KEPT;
        }
      };

  private Regexes() {}

  /// @throws CelException when it is none
  static Pattern compile(String expression) {
    synchronized (COMPILED) {
      Pattern known = COMPILED.get(expression);
      if (known != null) {
        return known;
      }
    }
    if (expression.length() > MAX_LENGTH) {
      throw new CelException("error parsing regexp: expression too large");
    }
    try {
      Pattern compiled = Pattern.compile(expression);
      synchronized (COMPILED) {
        COMPILED.put(expression, compiled);
      }
      return compiled;
    } catch (PatternSyntaxException e) {
      throw new CelException(String.valueOf(e.getMessage()));
    }
  }
}
