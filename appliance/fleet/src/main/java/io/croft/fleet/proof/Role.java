package io.croft.fleet.proof;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a host becomes by joining.
public enum Role {
  /// Runs what it is told to: machine components.
  AGENT,
  /// Is an agent, and keeps a copy of the appliance besides, with which it can take its place.
  SERVER,
  /// Is an agent, and has a small control plane of its own besides.
  EDGE;

  /// For messages.
  public static final String CHOICE = "agent, server or edge";

  /// As commands and objects write it.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Role> of(String text) {
    return Arrays.stream(values()).filter(role -> role.text().equals(text)).findFirst();
  }
}
