package io.croft.apiserver.cel;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/// A compiled expression. Immutable and thread-safe.
public final class CelProgram {
  private final Node node;
  private final DeclaredType type;
  private final Set<String> used;
  private final Set<String> selected;

  /// @param selected fields of variables, as `claims.email`
  CelProgram(Node node, DeclaredType type, Set<String> used, Set<String> selected) {
    this.node = node;
    this.type = type;
    this.used = Set.copyOf(used);
    this.selected = Set.copyOf(selected);
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

  /// Whether the expression looks at a field of a variable.
  public boolean selects(String variable, String field) {
    return selected.contains(variable + "." + field);
  }

  /// As `evaluate`, the value as a tree.
  ///
  /// @throws CelException also for a value that JSON does not know
  public JsonNode evaluateToJson(Variables variables, CelBudget budget) {
    return Values.toJson(evaluate(variables, budget), new Meter(budget));
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
