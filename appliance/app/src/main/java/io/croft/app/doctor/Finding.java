package io.croft.app.doctor;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// What a check found.
///
/// @param message what is so, with the value seen
/// @param hint what to do about it; empty where nothing is to be done
/// @param repair what `--fix` does about it; null where that is not safe, or not possible
public record Finding(Level level, String message, String hint, @Nullable Repair repair) {
  /// How bad it is; in the order of severity.
  public enum Level {
    /// Not looked at, because it does not apply here or cannot be seen.
    SKIPPED,
    OK,
    /// Works, but will or may cause trouble.
    WARNING,
    /// Croft does not work because of it, or not for long.
    ERROR
  }

  /// Mends what was found; safe to do while an appliance runs, and more than once.
  @FunctionalInterface
  public interface Repair {
    void apply() throws IOException;
  }

  static Finding ok(String message) {
    return new Finding(Level.OK, message, "", null);
  }

  static Finding skipped(String message) {
    return new Finding(Level.SKIPPED, message, "", null);
  }

  static Finding warning(String message, String hint) {
    return new Finding(Level.WARNING, message, hint, null);
  }

  static Finding error(String message, String hint) {
    return new Finding(Level.ERROR, message, hint, null);
  }

  Finding mendedBy(Repair mend) {
    return new Finding(level, message, hint, mend);
  }

  public boolean isProblem() {
    return level.compareTo(Level.WARNING) >= 0;
  }
}
