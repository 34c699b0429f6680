package io.croft.apiserver.cel;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.ExprKind;

/// Constants that a function cannot make sense of are mistakes of whoever wrote the expression.
final class Literals {
  private Literals() {}

  /// @throws CelCompileException when the function would fail whatever the object
  static void check(String function, CelCall call) throws CelCompileException {
    if (call.args().isEmpty()) {
      return;
    }
    CelExpr last = call.args().getLast();
    boolean text =
        last.getKind() == ExprKind.Kind.CONSTANT
            && last.constant().getKind() == CelConstant.Kind.STRING_VALUE;
    if (!text) {
      return;
    }
    String literal = last.constant().stringValue();
    try {
      switch (function) {
        case "matches" -> Regexes.compile(literal);
        case "duration" -> Texts.duration(literal);
        case "timestamp" -> Texts.timestamp(literal);
        default -> {}
      }
    } catch (CelException e) {
      throw new CelCompileException(
          "ERROR: <input>: invalid " + function + " argument: " + e.getMessage());
    }
  }
}
