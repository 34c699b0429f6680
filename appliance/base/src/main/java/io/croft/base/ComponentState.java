package io.croft.base;

/// Where a component stands in its life; `FAILED` is the end of a start or a stop that went wrong.
public enum ComponentState {
  NEW,
  INITIALIZING,
  STARTING,
  RUNNING,
  STOPPING,
  STOPPED,
  FAILED
}
