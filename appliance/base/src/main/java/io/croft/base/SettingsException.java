package io.croft.base;

import java.util.List;
import java.util.stream.Collectors;

/// Settings that cannot be used; lists every error at once.
public final class SettingsException extends Exception {
  private final List<Problem> problems;

  /// @param key the setting's name as given
  /// @param origin where it was given
  /// @param text what is wrong with it
  public record Problem(String key, Settings.Origin origin, String text) {
    @Override
    public String toString() {
      return origin + ": " + key + ": " + text;
    }
  }

  SettingsException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  public List<Problem> problems() {
    return problems;
  }
}
