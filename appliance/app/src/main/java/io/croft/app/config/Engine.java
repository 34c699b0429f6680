package io.croft.app.config;

import java.util.Locale;

/// What may serve the Kubernetes API.
public enum Engine {
  AUTO,
  EMBEDDED,
  K3S,
  EXTERNAL;

  /// As it is written in settings.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
