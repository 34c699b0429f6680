package io.croft.apiserver.cel;

import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.parser.CelMacro;
import dev.cel.parser.CelMacroExprFactory;
import dev.cel.parser.CelStandardMacro;
import java.util.List;
import java.util.Optional;

/// Macros beyond the standard ones: of optional values, of loops with two variables, and `sortBy`.
final class Macros {
  private static final String UNUSED = "#unused";
  private static final String BOUND = "@bound";

  private Macros() {}

  static List<CelMacro> all() {
    return List.of(
        CelStandardMacro.EXISTS_ONE_NEW.getDefinition(),
        CelMacro.newReceiverMacro(
            "optMap", 2, (f, target, args) -> optional(f, target, args, true)),
        CelMacro.newReceiverMacro(
            "optFlatMap", 2, (f, target, args) -> optional(f, target, args, false)),
        CelMacro.newReceiverMacro("sortBy", 2, (f, target, args) -> sortBy(f, target, args)),
        CelMacro.newReceiverMacro("all", 3, (f, target, args) -> quantified(f, target, args, true)),
        CelMacro.newReceiverMacro(
            "exists", 3, (f, target, args) -> quantified(f, target, args, false)),
        CelMacro.newReceiverMacro("existsOne", 3, (f, target, args) -> existsOne(f, target, args)),
        CelMacro.newReceiverMacro("exists_one", 3, (f, target, args) -> existsOne(f, target, args)),
        CelMacro.newReceiverMacro("transformList", 3, (f, t, a) -> transformList(f, t, a)),
        CelMacro.newReceiverMacro("transformList", 4, (f, t, a) -> transformList(f, t, a)),
        CelMacro.newReceiverMacro("transformMap", 3, (f, t, a) -> transformMap(f, t, a, false)),
        CelMacro.newReceiverMacro("transformMap", 4, (f, t, a) -> transformMap(f, t, a, false)),
        CelMacro.newReceiverMacro("transformMapEntry", 3, (f, t, a) -> transformMap(f, t, a, true)),
        CelMacro.newReceiverMacro(
            "transformMapEntry", 4, (f, t, a) -> transformMap(f, t, a, true)));
  }

  private static boolean isName(CelExpr expr) {
    return expr.getKind() == ExprKind.Kind.IDENT && !expr.ident().name().startsWith(".");
  }

  private static Optional<CelExpr> notAName(CelMacroExprFactory f) {
    return Optional.of(f.reportError("argument must be a simple name"));
  }

  /// One variable for a value, without a loop.
  private static CelExpr bind(CelMacroExprFactory f, String name, CelExpr value, CelExpr in) {
    return f.fold(
        UNUSED, f.newList(), name, value, f.newBoolLiteral(false), f.newIdentifier(name), in);
  }

  private static Optional<CelExpr> optional(
      CelMacroExprFactory f, CelExpr target, List<CelExpr> args, boolean wrap) {
    if (!isName(args.get(0))) {
      return notAName(f);
    }
    CelExpr inner =
        bind(
            f, args.get(0).ident().name(), f.newReceiverCall("value", f.copy(target)), args.get(1));
    return Optional.of(
        f.newGlobalCall(
            "_?_:_",
            f.newReceiverCall("hasValue", target),
            wrap ? f.newReceiverCall("of", f.newIdentifier("optional"), inner) : inner,
            f.newReceiverCall("none", f.newIdentifier("optional"))));
  }

  private static Optional<CelExpr> sortBy(
      CelMacroExprFactory f, CelExpr target, List<CelExpr> args) {
    if (!isName(args.get(0))) {
      return notAName(f);
    }
    String accumulator = f.getAccumulatorVarName();
    CelExpr keys =
        f.fold(
            args.get(0).ident().name(),
            f.newIdentifier(BOUND),
            accumulator,
            f.newList(),
            f.newBoolLiteral(true),
            f.newGlobalCall("_+_", f.newIdentifier(accumulator), f.newList(args.get(1))),
            f.newIdentifier(accumulator));
    return Optional.of(
        bind(
            f,
            BOUND,
            target,
            f.newReceiverCall("@sortByAssociatedKeys", f.newIdentifier(BOUND), keys)));
  }

  private static CelExpr fold(
      CelMacroExprFactory f,
      CelExpr target,
      List<CelExpr> args,
      CelExpr initial,
      CelExpr condition,
      CelExpr step,
      CelExpr result) {
    return f.fold(
        args.get(0).ident().name(),
        args.get(1).ident().name(),
        target,
        f.getAccumulatorVarName(),
        initial,
        condition,
        step,
        result);
  }

  private static CelExpr accumulator(CelMacroExprFactory f) {
    return f.newIdentifier(f.getAccumulatorVarName());
  }

  private static Optional<CelExpr> quantified(
      CelMacroExprFactory f, CelExpr target, List<CelExpr> args, boolean all) {
    if (!isName(args.get(0)) || !isName(args.get(1))) {
      return notAName(f);
    }
    CelExpr going = all ? accumulator(f) : f.newGlobalCall("!_", accumulator(f));
    return Optional.of(
        fold(
            f,
            target,
            args,
            f.newBoolLiteral(all),
            f.newGlobalCall("@not_strictly_false", going),
            f.newGlobalCall(all ? "_&&_" : "_||_", accumulator(f), args.get(2)),
            accumulator(f)));
  }

  private static Optional<CelExpr> existsOne(
      CelMacroExprFactory f, CelExpr target, List<CelExpr> args) {
    if (!isName(args.get(0)) || !isName(args.get(1))) {
      return notAName(f);
    }
    CelExpr counted = f.newGlobalCall("_+_", accumulator(f), f.newIntLiteral(1));
    return Optional.of(
        fold(
            f,
            target,
            args,
            f.newIntLiteral(0),
            f.newBoolLiteral(true),
            f.newGlobalCall("_?_:_", args.get(2), counted, accumulator(f)),
            f.newGlobalCall("_==_", accumulator(f), f.newIntLiteral(1))));
  }

  private static Optional<CelExpr> transformList(
      CelMacroExprFactory f, CelExpr target, List<CelExpr> args) {
    if (!isName(args.get(0)) || !isName(args.get(1))) {
      return notAName(f);
    }
    CelExpr step = f.newGlobalCall("_+_", accumulator(f), f.newList(args.getLast()));
    return Optional.of(transformed(f, target, args, f.newList(), step));
  }

  private static Optional<CelExpr> transformMap(
      CelMacroExprFactory f, CelExpr target, List<CelExpr> args, boolean entries) {
    if (!isName(args.get(0)) || !isName(args.get(1))) {
      return notAName(f);
    }
    CelExpr key = f.newIdentifier(args.get(0).ident().name());
    CelExpr step =
        entries
            ? f.newGlobalCall("cel.@mapInsert", accumulator(f), args.getLast())
            : f.newGlobalCall("cel.@mapInsert", accumulator(f), key, args.getLast());
    return Optional.of(transformed(f, target, args, f.newMap(), step));
  }

  /// With the third of four arguments as a filter.
  private static CelExpr transformed(
      CelMacroExprFactory f, CelExpr target, List<CelExpr> args, CelExpr initial, CelExpr step) {
    CelExpr filtered =
        args.size() == 4 ? f.newGlobalCall("_?_:_", args.get(2), step, accumulator(f)) : step;
    return fold(f, target, args, initial, f.newBoolLiteral(true), filtered, accumulator(f));
  }
}
