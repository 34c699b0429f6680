package io.croft.base;

/// A component could not be started. What went wrong while the others were stopped is suppressed in
/// it.
public final class LifecycleException extends Exception {
  private final String component;

  LifecycleException(String component, String message) {
    super(component + ": " + message);
    this.component = component;
  }

  LifecycleException(String component, Throwable cause) {
    super(component + ": " + oneLine(cause), cause);
    this.component = component;
  }

  /// The name of the component that failed.
  public String component() {
    return component;
  }

  /// What an error says, or its type when it says nothing, as one line.
  static String oneLine(Throwable error) {
    String message = error.getMessage();
    return message == null || message.isBlank()
        ? error.getClass().getSimpleName()
        : message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
