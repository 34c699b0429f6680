package io.croft.apiserver.cel;

import org.jspecify.annotations.Nullable;

/// The variables that a part of an expression sees: those of the loops around it, and what was
/// handed in.
final class Frame {
  final Meter meter;
  private final @Nullable Frame outer;
  private final Variables variables;
  private final String name;
  private @Nullable Object value;

  private Frame(
      Meter meter,
      Variables variables,
      @Nullable Frame outer,
      String name,
      @Nullable Object value) {
    this.meter = meter;
    this.variables = variables;
    this.outer = outer;
    this.name = name;
    this.value = value;
  }

  static Frame of(Variables variables, Meter meter) {
    return new Frame(meter, variables, null, "", null);
  }

  /// With one more variable, which hides one of the same name.
  Frame with(String variable, Object initial) {
    return new Frame(meter, variables, this, variable, initial);
  }

  /// Changes the variable that this frame has added.
  void set(Object next) {
    value = next;
  }

  Object find(String variable) {
    for (Frame frame = this; frame != null; frame = frame.outer) {
      if (frame.value != null && frame.name.equals(variable)) {
        if (frame.value instanceof Loop.Failure failure) {
          throw failure.cause();
        }
        return frame.value;
      }
    }
    Object found = variables.find(variable);
    if (found == null) {
      throw new CelException("no such attribute(s): " + variable);
    }
    return found;
  }
}
