package io.croft.app.terminal;

import java.util.Locale;

/// How a step is put in one line.
final class StepLine {
  private StepLine() {}

  static String text(String step, String state, long elapsedNanos) {
    return String.format(Locale.ROOT, "%-22s %-12s %6.2f s", step, state, elapsedNanos / 1e9);
  }
}
