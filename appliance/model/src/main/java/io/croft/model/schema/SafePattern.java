package io.croft.model.schema;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A regular expression of RE2's syntax, as schemas hold them, on the engine of the JDK.
///
/// RE2 matches in linear time, the JDK's engine may backtrack for ever, or need a deep stack: it is
/// therefore stopped after a number of steps. What it cannot tell, a slower engine does ({@link
/// LinearPattern}). What RE2 does not know (look-around, back references, possessive quantifiers)
/// is refused, so that a schema accepted here is accepted by Kubernetes.
final class SafePattern {
  /// Longest expression, in characters.
  private static final int MAX_LENGTH = 16 << 10;

  /// How many characters may be looked at, for each character of the input and at the least.
  private static final long STEPS_PER_CHARACTER = 500;

  private static final long MIN_STEPS = 1_000_000;

  private final String source;
  private final Pattern pattern;

  private SafePattern(String source, Pattern pattern) {
    this.source = source;
    this.pattern = pattern;
  }

  /// @throws IllegalArgumentException when the expression is not one of RE2's, or too long
  static SafePattern compile(String source) {
    if (source.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("error parsing regexp: expression too large");
    }
    try {
      // UNIX_LINES: in RE2 only \n ends a line.
      var pattern = Pattern.compile(new Re2Syntax(source).toJdk(), Pattern.UNIX_LINES);
      return new SafePattern(source, pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("error parsing regexp: " + e.getDescription(), e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException("error parsing regexp: expression nests too deeply", e);
    }
  }

  /// Whether a part of the text matches; false, too, when that cannot be found out in time, which
  /// takes a large expression.
  boolean isFoundIn(String text) {
    try {
      long steps = Math.max(MIN_STEPS, STEPS_PER_CHARACTER * text.length());
      return pattern.matcher(new CountedText(text, new long[] {steps})).find();
    } catch (OutOfStepsException | StackOverflowError e) {
      return LinearPattern.isFoundIn(source, text);
    }
  }

  /// The expression as it was written.
  @Override
  public String toString() {
    return source;
  }

  /// Counts down with every character that is looked at.
  private static final class CountedText implements CharSequence {
    private final CharSequence text;
    private final long[] stepsLeft;

    CountedText(CharSequence text, long[] stepsLeft) {
      this.text = text;
      this.stepsLeft = stepsLeft;
    }

    @Override
    public char charAt(int index) {
      if (stepsLeft[0]-- == 0) {
        throw new OutOfStepsException();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new CountedText(text.subSequence(start, end), stepsLeft);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }

  private static final class OutOfStepsException extends RuntimeException {
    OutOfStepsException() {
      super("too many steps", null, false, false);
    }
  }
}
