package io.croft.model.schema;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.regex.Matcher;

/// A regular expression on RE2/J, which needs neither a deep stack nor more than linear time, but
/// is many times slower than the JDK's engine where that works. Expressions are not kept: few come
/// here.
final class LinearPattern {
  /// Most that the expression may grow to: repetitions are written out.
  private static final long MAX_SIZE = 200_000;

  /// Most work: states by characters. About a second.
  private static final long MAX_STEPS = 50_000_000;

  private static final java.util.regex.Pattern REPETITION =
      java.util.regex.Pattern.compile("\\{([0-9]{1,4})(?:,([0-9]{0,4}))?}");

  private LinearPattern() {}

  /// Whether a part of the text matches; false, too, when that would take too long to find out.
  static boolean isFoundIn(String expression, String text) {
    if (size(expression) > MAX_SIZE) {
      return false;
    }
    try {
      var pattern = Pattern.compile(expression);
      return (long) pattern.programSize() * text.length() <= MAX_STEPS
          && pattern.matcher(text).find();
    } catch (PatternSyntaxException | StackOverflowError e) {
      return false; // too large for this one
    }
  }

  /// No less than the number of states: as if all repetitions stood within one another.
  private static long size(String expression) {
    long size = expression.length();
    Matcher repetition = REPETITION.matcher(expression);
    while (repetition.find() && size <= MAX_SIZE) {
      String most = repetition.group(2);
      String least = repetition.group(1);
      size *= Math.max(1, Integer.parseInt(most == null || most.isEmpty() ? least : most));
    }
    return size;
  }
}
