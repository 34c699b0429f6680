package io.croft.apiserver.cel;

/// A text that is matched more than once, and paid for by the characters that are looked at: a
/// search may go to the end of the text and find something short at its beginning.
final class PaidText implements CharSequence {
  private static final int PAID_EVERY = 1 << 10;

  private final String text;
  private final int expression;
  private final Meter meter;
  private int looks; // negative while the first pass lasts

  /// @param text whose first pass is paid for
  /// @param expression the size of what it is matched against
  PaidText(String text, int expression, Meter meter) {
    this.text = text;
    this.expression = expression;
    this.meter = meter;
    this.looks = -text.length();
  }

  @Override
  public char charAt(int index) {
    if (++looks == PAID_EVERY) {
      looks = 0;
      meter.payMatch(PAID_EVERY, expression);
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
