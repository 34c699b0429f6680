package io.croft.app.config;

/// What may serve the Kubernetes API.
public enum Engine {
  AUTO,
  EMBEDDED,
  K3S,
  EXTERNAL
}
