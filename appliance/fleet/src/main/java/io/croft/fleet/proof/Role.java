package io.croft.fleet.proof;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a host becomes by joining.
public enum Role {
  /// Runs what it is told to: machine components.
  AGENT,
  /// A peer of the control plane.
  SERVER,
  /// Has a small control plane of its own.
  EDGE;

  /// As commands and objects write it.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Role> of(String text) {
    return Arrays.stream(values()).filter(role -> role.text().equals(text)).findFirst();
  }
}
