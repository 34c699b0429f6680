package io.croft.fleet.agent.component;

/// What a component consists of is not to be had, or is not what it should be.
final class StageException extends Exception {
  private static final long serialVersionUID = 1L;

  StageException(String message) {
    super(message);
  }
}
