package io.croft.apiserver.cel;

import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import java.util.List;

/// One signature of a function and what it does.
///
/// @param id unique among all
/// @param member whether it is called on its first argument
/// @param declared whether the type checker is to be told of it; it knows the standard ones
record Overload(
    String function,
    String id,
    boolean member,
    boolean declared,
    CelType result,
    List<CelType> arguments,
    Body body) {
  /// What a function does. Its arguments have the types of its signature.
  @FunctionalInterface
  interface Body {
    Object call(Object[] arguments, Meter meter);
  }

  static Overload function(String name, String id, CelType result, Body body, CelType... types) {
    return new Overload(name, id, false, true, result, List.of(types), body);
  }

  static Overload member(String name, String id, CelType result, Body body, CelType... types) {
    return new Overload(name, id, true, true, result, List.of(types), body);
  }

  /// One that the type checker knows by itself.
  static Overload standard(String name, Body body, CelType... types) {
    return new Overload(name, "", false, false, types[0], List.of(types), body);
  }

  boolean accepts(Object[] values) {
    if (values.length != arguments.size()) {
      return false;
    }
    for (int i = 0; i < values.length; i++) {
      if (!Types.isOf(values[i], arguments.get(i))) {
        return false;
      }
    }
    return true;
  }

  CelOverloadDecl declaration() {
    return member
        ? CelOverloadDecl.newMemberOverload(id, result, arguments)
        : CelOverloadDecl.newGlobalOverload(id, result, arguments);
  }
}
