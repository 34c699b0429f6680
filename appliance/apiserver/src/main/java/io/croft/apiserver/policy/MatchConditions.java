package io.croft.apiserver.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.cel.CelBudget;
import io.croft.apiserver.cel.CelCompileException;
import io.croft.apiserver.cel.CelCostException;
import io.croft.apiserver.cel.CelEnvironment;
import io.croft.apiserver.cel.CelException;
import io.croft.apiserver.cel.CelProgram;
import io.croft.apiserver.cel.DeclaredType;
import io.croft.apiserver.cel.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The `matchConditions` of a webhook or a policy. All must hold for a request to be a matter of
/// it. Compiled when they are first asked. Thread-safe.
public final class MatchConditions {
  private final JsonNode declared;
  private final CelEnvironmentSource environment;
  private volatile @Nullable List<Condition> compiled;

  /// Makes the environment when it is needed.
  @FunctionalInterface
  interface CelEnvironmentSource {
    CelEnvironment get();
  }

  /// @param problem why it does not compile; empty when it does
  private record Condition(String name, @Nullable CelProgram program, String problem) {}

  MatchConditions(JsonNode declared, CelEnvironmentSource environment) {
    this.declared = declared;
    this.environment = environment;
  }

  /// Of a webhook.
  public static MatchConditions of(JsonNode declared) {
    return new MatchConditions(declared, () -> AdmissionTypes.environment(false));
  }

  public boolean isEmpty() {
    return declared.isEmpty();
  }

  /// What is wrong with each expression, in their order; empty for those that compile.
  public List<String> problems() {
    return conditions().stream()
        .map(condition -> condition.program == null ? condition.problem : "")
        .toList();
  }

  /// How a request stands to the conditions.
  ///
  /// @param met whether all hold
  /// @param problem what kept that from being found out; empty when nothing did
  public record Result(boolean met, String problem) {}

  /// One that does not hold decides, whatever is wrong with others.
  public Result ask(Variables variables) {
    CelBudget budget = CelBudget.forMatchConditions();
    var problems = new ArrayList<String>();
    for (Condition condition : conditions()) {
      try {
        CelProgram program = condition.program;
        if (program == null) {
          problems.add(condition.problem);
        } else if (!Boolean.TRUE.equals(program.evaluate(variables, budget))) {
          return new Result(false, "");
        }
      } catch (CelException | CelCostException e) {
        problems.add(
            "expression '%s' resulted in error: %s"
                .formatted(expression(condition.name), e.getMessage()));
      }
    }
    return new Result(problems.isEmpty(), problems.stream().collect(Collectors.joining(", ")));
  }

  private String expression(String name) {
    for (JsonNode condition : declared) {
      if (condition.path("name").asText("").equals(name)) {
        return condition.path("expression").asText("").strip();
      }
    }
    return "";
  }

  private List<Condition> conditions() {
    List<Condition> known = compiled;
    if (known == null) {
      known = compile();
      compiled = known;
    }
    return known;
  }

  private List<Condition> compile() {
    CelEnvironment scope = environment.get();
    var conditions = new ArrayList<Condition>();
    for (JsonNode condition : declared) {
      String name = condition.path("name").asText("");
      try {
        CelProgram program = scope.compile(condition.path("expression").asText(""));
        boolean fits = program.gives(DeclaredType.BOOL);
        conditions.add(new Condition(name, fits ? program : null, "must evaluate to bool"));
      } catch (CelCompileException e) {
        conditions.add(new Condition(name, null, "compilation failed: " + e.getMessage()));
      }
    }
    return List.copyOf(conditions);
  }
}
