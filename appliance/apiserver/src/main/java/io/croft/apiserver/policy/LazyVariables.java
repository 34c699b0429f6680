package io.croft.apiserver.policy;

import io.croft.apiserver.cel.CelBudget;
import io.croft.apiserver.cel.CelException;
import io.croft.apiserver.cel.CelProgram;
import io.croft.apiserver.cel.Variables;
import java.util.AbstractMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The `variables` of a policy for one request: each is evaluated when it is first looked at, and
/// once. Used by one thread.
final class LazyVariables extends AbstractMap<Object, Object> {
  private final Map<String, CelProgram> programs;
  private final Variables around;
  private final CelBudget budget;
  private final Map<String, Object> known = new HashMap<>();

  /// @param around what the variables are made from, besides one another
  LazyVariables(Map<String, CelProgram> programs, Variables around, CelBudget budget) {
    this.programs = programs;
    this.around = around;
    this.budget = budget;
  }

  @Override
  public @Nullable Object get(@Nullable Object key) {
    String name = String.valueOf(key);
    CelProgram program = programs.get(name);
    if (program == null) {
      return null;
    }
    Object value = known.get(name);
    if (value == null) {
      value = evaluate(name, program);
      known.put(name, value);
    }
    if (value instanceof CelException failure) {
      throw failure;
    }
    return value;
  }

  private Object evaluate(String name, CelProgram program) {
    try {
      return program.evaluate(this::find, budget);
    } catch (CelException e) {
      return e.within("composited variable \"" + name + "\" fails to evaluate");
    }
  }

  private @Nullable Object find(String name) {
    return name.equals(AdmissionTypes.VARIABLES) ? this : around.find(name);
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return programs.containsKey(String.valueOf(key));
  }

  /// The variables have a type, so that no expression can go through all of them.
  @Override
  public Set<Map.Entry<Object, Object>> entrySet() {
    return Set.of();
  }
}
