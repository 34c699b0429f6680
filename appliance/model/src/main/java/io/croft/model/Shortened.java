package io.croft.model;

/// Text that is cut when it is longer than its reader has use for: whoever sends a value of
/// megabytes must not get it back a hundred times.
public final class Shortened {
  private Shortened() {}

  /// @param maxChars the most characters that are kept; `…` stands for the rest
  public static String text(String text, int maxChars) {
    if (text.length() <= maxChars) {
      return text;
    }
    boolean splitsPair = maxChars > 0 && Character.isHighSurrogate(text.charAt(maxChars - 1));
    return text.substring(0, splitsPair ? maxChars - 1 : maxChars) + "…";
  }
}
