package io.croft.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.CelSelect;
import dev.cel.common.ast.CelExprVisitor;
import java.util.HashSet;
import java.util.Set;

/// Which fields of variables an expression looks at, as `claims.email`: by selection, by `has` or
/// optionally.
final class Selections extends CelExprVisitor {
  private static final String OPTIONAL_SELECT = "_?._";

  private final Set<String> found = new HashSet<>();

  private Selections() {}

  static Set<String> of(CelAbstractSyntaxTree ast) {
    var selections = new Selections();
    selections.visit(ast.getExpr());
    return Set.copyOf(selections.found);
  }

  @Override
  protected void visit(CelExpr expr, CelSelect select) {
    add(select.operand(), select.field());
    super.visit(expr, select);
  }

  @Override
  protected void visit(CelExpr expr, CelCall call) {
    if (call.function().equals(OPTIONAL_SELECT) && call.args().size() == 2) {
      CelExpr field = call.args().get(1);
      if (field.getKind() == CelExpr.ExprKind.Kind.CONSTANT) {
        add(call.args().get(0), field.constant().stringValue());
      }
    }
    super.visit(expr, call);
  }

  private void add(CelExpr operand, String field) {
    if (operand.getKind() == CelExpr.ExprKind.Kind.IDENT) {
      found.add(operand.ident().name() + "." + field);
    }
  }
}
