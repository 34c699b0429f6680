package io.croft.apiserver.cel;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.croft.base.LruMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Regular expressions, of RE2: they match in linear time. The most recently used ones are kept.
final class Regexes {
  private static final int KEPT = 256;

  /// Longest expression that is kept: what is compiled takes many times its length.
  private static final int MAX_KEPT_SIZE = 1000;

  private static final int MAX_LENGTH = 16 << 10;

  /// `((a{100}){100}){100}` is short and becomes a program of a million steps.
  private static final int MAX_SIZE = 50_000;

  private static final java.util.regex.Pattern REPETITION =
      java.util.regex.Pattern.compile("\\{([0-9]{1,4})(?:,([0-9]{0,4}))?}");

  private static final Map<String, Pattern> COMPILED = new LruMap<>(KEPT);

  private Regexes() {}

  /// Ready to match a text, which is paid for.
  ///
  /// @throws CelException when the expression is none
  static Matcher matcher(String expression, String text, Meter meter) {
    meter.payText(expression.length());
    meter.payMatch(text.length(), size(expression));
    return compile(expression).matcher(text);
  }

  /// Ready to find all matches in a text, each of which is paid for as it is looked for.
  ///
  /// @throws CelException when the expression is none
  static Matcher repeated(String expression, String text, Meter meter) {
    int size = size(expression);
    meter.payText(expression.length());
    meter.payMatch(text.length(), size);
    return compile(expression).matcher(new PaidText(text, size, meter));
  }

  static Pattern compile(String expression) {
    synchronized (COMPILED) {
      Pattern known = COMPILED.get(expression);
      if (known != null) {
        return known;
      }
    }
    int size = size(expression);
    try {
      Pattern compiled = Pattern.compile(expression);
      if (size <= MAX_KEPT_SIZE) {
        synchronized (COMPILED) {
          COMPILED.put(expression, compiled);
        }
      }
      return compiled;
    } catch (PatternSyntaxException e) {
      throw new CelException(String.valueOf(e.getMessage()));
    }
  }

  /// About how many steps the expression's program has.
  ///
  /// @throws CelException when there are too many
  static int size(String expression) {
    if (expression.length() > MAX_LENGTH) {
      throw tooLarge();
    }
    long[] totals = new long[expression.length() + 1];
    int depth = 0;
    long last = 0;
    int at = 0;
    while (at < expression.length()) {
      char c = expression.charAt(at);
      if (c == '(') {
        depth++;
        totals[depth] = 0;
        last = 0;
        at++;
      } else if (c == ')' && depth > 0) {
        last = totals[depth--] + 2;
        totals[depth] += last;
        at++;
      } else if (c == '{') {
        var repetition = REPETITION.matcher(expression).region(at, expression.length());
        if (repetition.lookingAt()) {
          long times =
              Math.max(1, Math.max(times(repetition.group(1)), times(repetition.group(2))));
          totals[depth] += last * (times - 1);
          last *= times;
          at = repetition.end();
        } else {
          last = 1;
          totals[depth]++;
          at++;
        }
      } else {
        // An atom, or an operator, which counts little.
        at =
            c == '\\'
                ? afterEscape(expression, at)
                : c == '[' ? afterClass(expression, at) : at + 1;
        if (c != '*' && c != '+' && c != '?') {
          last = 1;
        }
        totals[depth]++;
      }
      if (totals[depth] > MAX_SIZE) {
        throw tooLarge();
      }
    }
    long size = 0;
    for (int i = 0; i <= depth; i++) {
      size += totals[i];
    }
    return (int) Math.min(size, MAX_SIZE);
  }

  private static CelException tooLarge() {
    return new CelException("error parsing regexp: expression too large");
  }

  private static long times(@Nullable String digits) {
    return digits == null || digits.isEmpty() ? 0 : Long.parseLong(digits);
  }

  /// Behind `\d`, `\p{Greek}`, `\x{10FFFF}`.
  private static int afterEscape(String expression, int at) {
    boolean braces =
        at + 2 < expression.length()
            && "pPx".indexOf(expression.charAt(at + 1)) >= 0
            && expression.charAt(at + 2) == '{';
    int end = braces ? expression.indexOf('}', at) : -1;
    return end > 0 ? end + 1 : at + 2;
  }

  private static int afterClass(String expression, int start) {
    int at = start + 1;
    if (at < expression.length() && expression.charAt(at) == '^') {
      at++;
    }
    if (at < expression.length() && expression.charAt(at) == ']') {
      at++;
    }
    while (at < expression.length() && expression.charAt(at) != ']') {
      if (expression.startsWith("[:", at)) {
        int end = expression.indexOf(":]", at);
        at = end < 0 ? at + 1 : end + 2;
      } else {
        at += expression.charAt(at) == '\\' ? 2 : 1;
      }
    }
    return Math.min(at, expression.length()) + 1;
  }
}
