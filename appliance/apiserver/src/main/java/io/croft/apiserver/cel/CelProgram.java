package io.croft.apiserver.cel;

import java.util.Set;

/// A compiled expression. Immutable and thread-safe.
public final class CelProgram {
  private final Node node;
  private final DeclaredType type;
  private final Set<String> used;

  CelProgram(Node node, DeclaredType type, Set<String> used) {
    this.node = node;
    this.type = type;
    this.used = Set.copyOf(used);
  }

  /// What the expression gives.
  public DeclaredType type() {
    return type;
  }

  /// Whether the expression gives exactly that type.
  public boolean gives(DeclaredType wanted) {
    return type.toString().equals(wanted.toString());
  }

  /// Whether the expression looks at a variable.
  public boolean uses(String variable) {
    return used.contains(variable);
  }

  /// @param budget pays for the evaluation
  /// @throws CelException when there is no value
  /// @throws CelCostException when it is too dear, or the thread is to stop
  public Object evaluate(Variables variables, CelBudget budget) {
    var meter = new Meter(budget);
    Object value = null;
    try {
      value = node.value(Frame.of(variables, meter));
      return value;
    } catch (StackOverflowError e) {
      throw new CelCostException("the evaluation nests too deeply");
    } finally {
      if (value == null || value instanceof Boolean) {
        meter.release(); // nobody has what was made on the way
      }
    }
  }
}
