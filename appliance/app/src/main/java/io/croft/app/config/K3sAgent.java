package io.croft.app.config;

/// Whether the host that k3s runs on is a node of its own, and runs containers.
public enum K3sAgent {
  AUTO,
  ON,
  OFF
}
