package io.croft.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.CelComprehension;
import dev.cel.common.ast.CelExpr.CelList;
import dev.cel.common.ast.CelExpr.CelMap;
import dev.cel.common.ast.CelExpr.CelSelect;
import dev.cel.common.ast.CelExpr.CelStruct;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.common.ast.CelReference;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.values.NullValue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Makes the nodes that evaluate a checked expression.
final class Planner {
  /// What making a list or a map costs, as in Kubernetes.
  private static final int LIST_COST = 10;

  private static final int MAP_COST = 30;

  private final CelAbstractSyntaxTree ast;

  /// The variables of the loops around, innermost first.
  private final Deque<String> locals = new ArrayDeque<>();

  private Planner(CelAbstractSyntaxTree ast) {
    this.ast = ast;
  }

  /// @throws CelCompileException when a constant of the expression makes no sense
  static Node plan(CelAbstractSyntaxTree ast) throws CelCompileException {
    return new Planner(ast).node(ast.getExpr());
  }

  private Node node(CelExpr expr) throws CelCompileException {
    return switch (expr.getKind()) {
      case CONSTANT -> constant(expr.constant());
      case IDENT -> identifier(expr, expr.ident().name());
      case SELECT -> select(expr, expr.select());
      case CALL -> call(expr.call());
      case LIST -> list(expr.list());
      case MAP -> map(expr.map());
      case STRUCT -> struct(expr.struct());
      case COMPREHENSION -> loop(expr.comprehension());
      case NOT_SET -> throw new CelCompileException("the expression is empty");
    };
  }

  private static Node constant(CelConstant constant) {
    Object value =
        switch (constant.getKind()) {
          case NULL_VALUE -> NullValue.NULL_VALUE;
          case BOOLEAN_VALUE -> constant.booleanValue();
          case INT64_VALUE -> constant.int64Value();
          case UINT64_VALUE -> constant.uint64Value();
          case DOUBLE_VALUE -> constant.doubleValue();
          case STRING_VALUE -> constant.stringValue();
          case BYTES_VALUE -> constant.bytesValue();
          default -> throw new IllegalArgumentException("no constant: " + constant.getKind());
        };
    return frame -> value;
  }

  private Node identifier(CelExpr expr, String name) {
    String resolved = ast.getReference(expr.id()).map(CelReference::name).orElse(name);
    String plain = resolved.startsWith(".") ? resolved.substring(1) : resolved;
    CelType type = ast.getType(expr.id()).orElse(Types.DYN);
    if (type.kind() == CelKind.TYPE && !locals.contains(plain)) {
      TypeValue value = TypeValue.of(type);
      return frame -> value;
    }
    return frame -> {
      frame.meter.pay(1);
      return frame.find(plain);
    };
  }

  private Node select(CelExpr expr, CelSelect select) throws CelCompileException {
    if (ast.getReference(expr.id()).isPresent()) {
      return identifier(expr, select.field());
    }
    Node operand = node(select.operand());
    String field = select.field();
    return select.testOnly()
        ? frame -> has(operand.value(frame), field, frame.meter)
        : frame -> field(operand.value(frame), field, frame.meter);
  }

  private static Object has(Object operand, String field, Meter meter) {
    meter.pay(1);
    return switch (operand) {
      case Map<?, ?> map -> map.containsKey(field);
      case Optional<?> optional ->
          optional.isPresent() && (Boolean) has(optional.get(), field, meter);
      default -> throw CelException.noSuchOverload();
    };
  }

  private static Object field(Object operand, String field, Meter meter) {
    meter.pay(1);
    return switch (operand) {
      case Map<?, ?> map -> {
        Object value = map.get(field);
        if (value == null) {
          throw CelException.noSuchKey(field);
        }
        meter.takeDecoded(value);
        yield value;
      }
      case Optional<?> optional -> optionalField(optional, field, meter);
      default -> throw CelException.noSuchOverload();
    };
  }

  private static Object optionalField(Object operand, String field, Meter meter) {
    meter.pay(1);
    return switch (operand) {
      case Optional<?> optional ->
          optional.isEmpty() ? optional : optionalField(optional.get(), field, meter);
      case Map<?, ?> map -> {
        Object value = map.get(field);
        meter.takeDecoded(value);
        yield Optional.ofNullable(value);
      }
      default -> throw CelException.noSuchOverload();
    };
  }

  private Node call(CelCall call) throws CelCompileException {
    var arguments = new ArrayList<Node>();
    // `optional.of(x)` is a function of that name, not one of a variable `optional`.
    String function = call.function();
    if (call.target().isPresent()) {
      Optional<CelReference> name = ast.getReference(call.target().get().id());
      boolean namespace =
          call.target().get().getKind() == ExprKind.Kind.IDENT
              && name.isEmpty()
              && ast.getType(call.target().get().id()).isEmpty();
      if (namespace) {
        function = call.target().get().ident().name() + "." + function;
      } else {
        arguments.add(node(call.target().get()));
      }
    }
    for (CelExpr argument : call.args()) {
      arguments.add(node(argument));
    }
    return switch (function) {
      case "_&&_" -> junction(arguments.get(0), arguments.get(1), false);
      case "_||_" -> junction(arguments.get(0), arguments.get(1), true);
      case "_?_:_" -> conditional(arguments.get(0), arguments.get(1), arguments.get(2));
      case "@not_strictly_false", "__not_strictly_false__" -> notStrictlyFalse(arguments.get(0));
      case "_[_]" -> indexed(arguments.get(0), arguments.get(1));
      case "_[?_]" -> {
        Node list = arguments.get(0);
        Node at = arguments.get(1);
        yield frame -> optionalIndex(list.value(frame), at.value(frame), frame.meter);
      }
      case "_?._" -> {
        Node operand = arguments.get(0);
        String field = call.args().get(1).constant().stringValue();
        yield frame -> optionalField(operand.value(frame), field, frame.meter);
      }
      case "or", "orValue" -> otherwise(arguments.get(0), arguments.get(1), function.equals("or"));
      default -> dispatched(function, arguments, call);
    };
  }

  private static Node junction(Node left, Node right, boolean decisive) {
    return frame -> {
      CelException failure = null;
      for (int side = 0; side < 2; side++) {
        try {
          Object value = (side == 0 ? left : right).value(frame);
          if (!(value instanceof Boolean flag)) {
            throw CelException.noSuchOverload();
          }
          if (flag == decisive) {
            return decisive;
          }
        } catch (CelException e) {
          // What the other side says may decide.
          failure = failure == null ? e : failure;
        }
      }
      if (failure != null) {
        throw failure;
      }
      return !decisive;
    };
  }

  private static Node conditional(Node condition, Node yes, Node no) {
    return frame -> {
      if (!(condition.value(frame) instanceof Boolean flag)) {
        throw CelException.noSuchOverload();
      }
      return flag ? yes.value(frame) : no.value(frame);
    };
  }

  private static Node notStrictlyFalse(Node inner) {
    return frame -> {
      try {
        return !Boolean.FALSE.equals(inner.value(frame));
      } catch (CelException e) {
        return true;
      }
    };
  }

  private static Node otherwise(Node operand, Node other, boolean keepsOptional) {
    return frame -> {
      if (!(operand.value(frame) instanceof Optional<?> optional)) {
        throw CelException.noSuchOverload();
      }
      if (optional.isEmpty()) {
        return other.value(frame);
      }
      return keepsOptional ? optional : optional.get();
    };
  }

  private static Node indexed(Node operand, Node index) {
    return frame -> {
      Object from = operand.value(frame);
      Object at = index.value(frame);
      if (from instanceof Optional<?> optional) {
        return optional.isEmpty() ? optional : optionalIndex(optional.get(), at, frame.meter);
      }
      Object found = find(from, at, frame.meter);
      if (found == null) {
        throw from instanceof List
            ? new CelException("index out of bounds: " + at)
            : CelException.noSuchKey(at);
      }
      return found;
    };
  }

  private static Object optionalIndex(Object operand, Object index, Meter meter) {
    return switch (operand) {
      case Optional<?> optional ->
          optional.isEmpty() ? optional : optionalIndex(optional.get(), index, meter);
      default -> Optional.ofNullable(find(operand, index, meter));
    };
  }

  private static @Nullable Object find(Object operand, Object index, Meter meter) {
    meter.payLook(index);
    Object key = Equality.key(index);
    Object found =
        switch (operand) {
          case List<?> list when key instanceof Long at ->
              at >= 0 && at < list.size() ? list.get(at.intValue()) : null;
          case Map<?, ?> map -> map.get(key);
          default -> throw CelException.noSuchOverload();
        };
    meter.takeDecoded(found);
    return found;
  }

  private static Node dispatched(String function, List<Node> arguments, CelCall call)
      throws CelCompileException {
    List<Overload> overloads = Library.overloads(function, arguments.size());
    if (overloads.isEmpty()) {
      throw new CelCompileException("function " + function + " is not supported");
    }
    Literals.check(function, call);
    Node[] nodes = arguments.toArray(Node[]::new);
    return frame -> {
      var values = new Object[nodes.length];
      for (int i = 0; i < nodes.length; i++) {
        values[i] = nodes[i].value(frame);
        if (values[i] instanceof JsonList list) {
          list.payDecoded(frame.meter);
        }
      }
      frame.meter.pay(1);
      for (Overload overload : overloads) {
        if (overload.accepts(values)) {
          return made(overload.body().call(values, frame.meter), values, frame.meter);
        }
      }
      throw CelException.noSuchOverload();
    };
  }

  /// The result of a call, which takes memory unless it was there before.
  @SuppressWarnings("ReferenceEquality") // whether it is the same is the question
  private static Object made(Object result, Object[] arguments, Meter meter) {
    for (Object argument : arguments) {
      if (argument == result) {
        return result;
      }
    }
    meter.takeText(result);
    return result;
  }

  private Node list(CelList list) throws CelCompileException {
    var items = new ArrayList<Node>();
    for (CelExpr item : list.elements()) {
      items.add(node(item));
    }
    List<Integer> optional = list.optionalIndices();
    return frame -> {
      frame.meter.pay(LIST_COST);
      frame.meter.takeItems(items.size());
      var values = new ArrayList<Object>(items.size());
      for (int i = 0; i < items.size(); i++) {
        Object value = items.get(i).value(frame);
        if (!optional.contains(i)) {
          values.add(value);
        } else {
          ((Optional<?>) value).ifPresent(values::add);
        }
      }
      return values;
    };
  }

  private record Member(Node key, Node value, boolean optional) {}

  private Node map(CelMap map) throws CelCompileException {
    var members = new ArrayList<Member>();
    for (CelMap.Entry entry : map.entries()) {
      members.add(new Member(node(entry.key()), node(entry.value()), entry.optionalEntry()));
    }
    return filled(members);
  }

  private Node struct(CelStruct struct) throws CelCompileException {
    var members = new ArrayList<Member>();
    for (CelStruct.Entry entry : struct.entries()) {
      String field = entry.fieldKey();
      members.add(new Member(frame -> field, node(entry.value()), entry.optionalEntry()));
    }
    MapNode fields = filled(members);
    String type = struct.messageName();
    return frame -> new StructValue(type, fields.value(frame));
  }

  /// A node that gives a map.
  @FunctionalInterface
  private interface MapNode extends Node {
    @Override
    Map<Object, Object> value(Frame frame);
  }

  private static MapNode filled(List<Member> members) {
    return frame -> {
      frame.meter.pay(MAP_COST);
      frame.meter.takeItems(2L * members.size());
      var map = new LinkedHashMap<Object, Object>();
      for (Member member : members) {
        Object key = Equality.key(member.key.value(frame));
        Object value = member.value.value(frame);
        if (member.optional && value instanceof Optional<?> optional) {
          optional.ifPresent(present -> map.put(key, present));
        } else if (map.put(key, value) != null) {
          throw new CelException("Failed with repeated key");
        }
      }
      return map;
    };
  }

  private Node loop(CelComprehension loop) throws CelCompileException {
    Node range = node(loop.iterRange());
    Node initial = node(loop.accuInit());
    boolean collects =
        loop.accuInit().getKind() == ExprKind.Kind.LIST
            && loop.accuInit().list().elements().isEmpty();
    locals.push(loop.accuVar());
    Node result = node(loop.result());
    locals.push(loop.iterVar());
    locals.push(loop.iterVar2());
    Node condition = node(loop.loopCondition());
    Node step = node(loop.loopStep());
    locals.pop();
    locals.pop();
    locals.pop();
    return new Loop(
        range,
        collects ? frame -> new Lists.Collected() : initial,
        condition,
        step,
        result,
        loop.accuVar(),
        loop.iterVar(),
        loop.iterVar2());
  }
}
