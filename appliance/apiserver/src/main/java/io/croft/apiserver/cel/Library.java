package io.croft.apiserver.cel;

import dev.cel.common.CelFunctionDecl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// All functions there are. Made when the first expression is.
final class Library {
  private static final Map<String, List<Overload>> FUNCTIONS = functions();

  private Library() {}

  private static Map<String, List<Overload>> functions() {
    var functions = new LinkedHashMap<String, List<Overload>>();
    Stream.of(
            StandardFunctions.all(),
            TimeFunctions.all(),
            StringFunctions.all(),
            ListFunctions.all(),
            OptionalFunctions.all(),
            KubernetesFunctions.all(),
            Format.functions(),
            AuthorizerValue.functions(),
            PatchTypes.functions())
        .flatMap(List::stream)
        .forEach(o -> functions.computeIfAbsent(o.function(), n -> new ArrayList<>()).add(o));
    return functions;
  }

  static List<Overload> overloads(String function, int arguments) {
    return FUNCTIONS.getOrDefault(function, List.of()).stream()
        .filter(overload -> overload.arguments().size() == arguments)
        .toList();
  }

  static Object call(String function, Meter meter, Object... arguments) {
    for (Overload overload : overloads(function, arguments.length)) {
      if (overload.accepts(arguments)) {
        return overload.body().call(arguments, meter);
      }
    }
    throw CelException.noSuchOverload();
  }

  /// What the type checker is to be told.
  static List<CelFunctionDecl> declarations() {
    return FUNCTIONS.entrySet().stream()
        .filter(function -> function.getValue().stream().anyMatch(Overload::declared))
        .map(function ->
            CelFunctionDecl.newFunctionDeclaration(
                function.getKey(),
                function.getValue().stream()
                    .filter(Overload::declared)
                    .map(Overload::declaration)
                    .toList()))
        .toList();
  }
}
