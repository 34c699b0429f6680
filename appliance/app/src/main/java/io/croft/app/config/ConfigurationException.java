package io.croft.app.config;

import java.util.List;

/// A configuration file that is not of the right form.
public final class ConfigurationException extends RuntimeException {
  /// @param problems one line each, with file and line number
  public ConfigurationException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
  }
}
