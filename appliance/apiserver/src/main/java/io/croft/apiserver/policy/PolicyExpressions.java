package io.croft.apiserver.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.cel.CelBudget;
import io.croft.apiserver.cel.CelCompileException;
import io.croft.apiserver.cel.CelEnvironment;
import io.croft.apiserver.cel.CelProgram;
import io.croft.apiserver.cel.DeclaredType;
import io.croft.apiserver.cel.Variables;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the expressions of all admission policies have in common: match conditions, and variables
/// that the other expressions see. Complete once the policy has been read; thread-safe then.
final class PolicyExpressions {
  private final FieldErrors errors = new FieldErrors();
  private final Map<String, CelProgram> variables = new LinkedHashMap<>();
  private final CelEnvironment environment;
  private final MatchConditions conditions;

  /// @param spec of the policy
  /// @param base what the expressions see besides `variables`, and all that match conditions see
  PolicyExpressions(JsonNode spec, CelEnvironment base) {
    conditions = new MatchConditions(spec.path("matchConditions"), () -> base);
    int index = 0;
    for (JsonNode condition : spec.path("matchConditions")) {
      String path = "spec.matchConditions[" + index++ + "].expression";
      compile(base, condition.path("expression"), path, DeclaredType.BOOL);
    }
    environment = variables(spec.path("variables"), base);
  }

  private CelEnvironment variables(JsonNode declared, CelEnvironment base) {
    var types = new LinkedHashMap<String, DeclaredType>();
    CelEnvironment known = with(base, types);
    int index = 0;
    for (JsonNode variable : declared) {
      String path = "spec.variables[" + index++ + "].expression";
      CelProgram program = compile(known, variable.path("expression"), path, null);
      String name = variable.path("name").asText("");
      if (program != null) {
        variables.put(name, program);
      }
      // What refers to a variable that does not compile is not to be blamed as well.
      types.put(name, program == null ? DeclaredType.DYN : program.type());
      known = with(base, types);
    }
    return known;
  }

  private static CelEnvironment with(CelEnvironment base, Map<String, DeclaredType> types) {
    return base.with(
        Map.of(AdmissionTypes.VARIABLES, DeclaredType.struct("kubernetes.variables", types)));
  }

  /// What does not compile, by the paths of a policy.
  List<FieldError> errors() {
    return errors.list();
  }

  /// What the expressions of the policy see, match conditions and variables apart.
  CelEnvironment environment() {
    return environment;
  }

  /// @param path where the expression stands, for the error that it may be
  /// @param wanted null for any type
  /// @return null when it does not compile, or there is none: what is missing is told elsewhere
  @Nullable CelProgram compile(JsonNode expression, String path, @Nullable DeclaredType wanted) {
    return compile(environment, expression, path, wanted);
  }

  @Nullable CelProgram compile(
      CelEnvironment known, JsonNode expression, String path, @Nullable DeclaredType wanted) {
    String text = expression.asText("");
    if (text.isBlank()) {
      return null;
    }
    try {
      CelProgram program = known.compile(text);
      if (wanted == null || program.gives(wanted)) {
        return program;
      }
      String why = "must evaluate to " + wanted + " but got " + program.type();
      errors.add(FieldError.invalid(path, text.strip(), why));
    } catch (CelCompileException e) {
      errors.add(FieldError.invalid(path, text.strip(), "compilation failed: " + e.getMessage()));
    }
    return null;
  }

  /// Whether the policy has a say at all.
  MatchConditions.Result matches(Variables request) {
    return conditions.ask(request);
  }

  /// A request with the policy's variables.
  ///
  /// @param budget pays for these, too
  Variables scope(Variables request, CelBudget budget) {
    var lazy = new LazyVariables(variables, request, budget);
    return name -> name.equals(AdmissionTypes.VARIABLES) ? lazy : request.find(name);
  }
}
