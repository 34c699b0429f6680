package io.croft.apiserver.cel;

/// A part of an expression, ready to be evaluated. Immutable.
@FunctionalInterface
interface Node {
  /// @throws CelException when it has no value
  /// @throws CelCostException when it is too dear
  Object value(Frame frame);
}
