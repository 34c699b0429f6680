package io.croft.apiserver.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.cel.CelBudget;
import io.croft.apiserver.cel.CelCompileException;
import io.croft.apiserver.cel.CelCostException;
import io.croft.apiserver.cel.CelEnvironment;
import io.croft.apiserver.cel.CelException;
import io.croft.apiserver.cel.CelProgram;
import io.croft.apiserver.cel.DeclaredType;
import io.croft.apiserver.cel.Values;
import io.croft.apiserver.cel.Variables;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A `ValidatingAdmissionPolicy`, compiled. Immutable and thread-safe.
public final class PolicyProgram {
  private static final int MAX_MESSAGE_BYTES = 5 << 10;
  private static final String UNCOMPILED = "compilation failed: ";

  private final FieldErrors errors = new FieldErrors();
  private final Map<String, CelProgram> variables = new LinkedHashMap<>();
  private final List<Validation> validations = new ArrayList<>();
  private final List<Annotation> annotations = new ArrayList<>();
  private final MatchConditions conditions;

  private record Validation(CelProgram condition, @Nullable CelProgram message, JsonNode json) {}

  private record Annotation(String key, CelProgram value) {}

  /// What a policy says of a request where it does not admit it.
  ///
  /// @param failed whether that could not be found out, so that the failure policy decides
  /// @param reason of the answer, for example `Invalid`
  /// @param index of the validation
  public record Denial(boolean failed, String reason, String message, int index) {}

  /// @param annotations for the audit log
  public record Judgement(List<Denial> denials, Map<String, String> annotations) {}

  /// @param spec of the policy
  /// @param base what the expressions see besides `variables`
  private PolicyProgram(JsonNode spec, CelEnvironment base) {
    CelEnvironment environment = variables(spec.path("variables"), base);
    conditions = new MatchConditions(spec.path("matchConditions"), () -> environment);
    int index = 0;
    for (JsonNode condition : spec.path("matchConditions")) {
      String path = "spec.matchConditions[" + index++ + "].expression";
      compile(environment, condition.path("expression"), path, DeclaredType.BOOL);
    }
    index = 0;
    for (JsonNode json : spec.path("validations")) {
      String path = "spec.validations[" + index++ + "]";
      CelProgram condition =
          compile(environment, json.path("expression"), path + ".expression", DeclaredType.BOOL);
      CelProgram message =
          json.path("messageExpression").asText("").isBlank()
              ? null
              : compile(
                  environment,
                  json.path("messageExpression"),
                  path + ".messageExpression",
                  DeclaredType.STRING);
      if (condition != null) {
        validations.add(new Validation(condition, message, json));
      }
    }
    index = 0;
    for (JsonNode json : spec.path("auditAnnotations")) {
      String path = "spec.auditAnnotations[" + index++ + "].valueExpression";
      CelProgram value = compile(environment, json.path("valueExpression"), path, null);
      if (value != null) {
        annotations.add(new Annotation(json.path("key").asText(""), value));
      }
    }
  }

  public static PolicyProgram compile(JsonNode spec) {
    return new PolicyProgram(spec, AdmissionTypes.environment(spec.path("paramKind").isObject()));
  }

  /// What does not compile, by the paths of a policy.
  public List<FieldError> errors() {
    return errors.list();
  }

  private CelEnvironment variables(JsonNode declared, CelEnvironment base) {
    var types = new LinkedHashMap<String, DeclaredType>();
    CelEnvironment environment = with(base, types);
    int index = 0;
    for (JsonNode variable : declared) {
      String path = "spec.variables[" + index++ + "].expression";
      CelProgram program = compile(environment, variable.path("expression"), path, null);
      String name = variable.path("name").asText("");
      if (program != null) {
        variables.put(name, program);
      }
      // What refers to a variable that does not compile is not to be blamed as well.
      types.put(name, program == null ? DeclaredType.DYN : program.type());
      environment = with(base, types);
    }
    return environment;
  }

  private static CelEnvironment with(CelEnvironment base, Map<String, DeclaredType> types) {
    return base.with(
        Map.of(AdmissionTypes.VARIABLES, DeclaredType.struct("kubernetes.variables", types)));
  }

  /// @param wanted null for any type
  private @Nullable CelProgram compile(
      CelEnvironment environment, JsonNode expression, String path, @Nullable DeclaredType wanted) {
    String text = expression.asText("");
    try {
      CelProgram program = environment.compile(text);
      if (wanted == null || program.gives(wanted)) {
        return program;
      }
      String type = wanted == DeclaredType.BOOL ? "bool" : "string";
      errors.add(FieldError.invalid(path, text.strip(), "must evaluate to " + type));
    } catch (CelCompileException e) {
      errors.add(FieldError.invalid(path, text.strip(), UNCOMPILED + e.getMessage()));
    }
    return null;
  }

  /// Whether the policy has a say at all.
  public MatchConditions.Result matches(Variables request) {
    return conditions.ask(scope(request, CelBudget.forMatchConditions()));
  }

  private Variables scope(Variables request, CelBudget budget) {
    var lazy = new LazyVariables(variables, request, budget);
    return name -> name.equals(AdmissionTypes.VARIABLES) ? lazy : request.find(name);
  }

  public Judgement judge(Variables request) {
    CelBudget budget = CelBudget.forRules();
    Variables scope = scope(request, budget);
    var denials = new ArrayList<Denial>();
    for (int i = 0; i < validations.size(); i++) {
      Validation validation = validations.get(i);
      try {
        if (!Boolean.TRUE.equals(validation.condition.evaluate(scope, budget))) {
          String reason = validation.json.path("reason").asText("Invalid");
          denials.add(new Denial(false, reason, message(validation, scope, budget), i));
        }
      } catch (CelException | CelCostException e) {
        denials.add(new Denial(true, "Invalid", failed(validation, e), i));
      }
    }
    Map<String, String> found = annotations(scope, budget, denials);
    return new Judgement(List.copyOf(denials), found);
  }

  private static String failed(Validation validation, RuntimeException e) {
    String expression = validation.json.path("expression").asText("").strip();
    return "expression '" + expression + "' resulted in error: " + e.getMessage();
  }

  private static String message(Validation validation, Variables scope, CelBudget budget) {
    String message = "";
    CelProgram program = validation.message;
    if (program != null) {
      try {
        message = String.valueOf(program.evaluate(scope, budget)).strip();
      } catch (CelException e) {
        message = ""; // the fixed message will do
      }
    }
    int length = message.getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_MESSAGE_BYTES || message.indexOf('\n') >= 0) {
      message = "";
    }
    if (message.isEmpty()) {
      message = validation.json.path("message").asText("").strip();
    }
    return message.isEmpty()
        ? "failed expression: " + validation.json.path("expression").asText("").strip()
        : message;
  }

  private Map<String, String> annotations(Variables scope, CelBudget budget, List<Denial> denials) {
    var found = new LinkedHashMap<String, String>();
    for (Annotation annotation : annotations) {
      try {
        Object value = annotation.value.evaluate(scope, budget);
        if (value instanceof String text && !text.isBlank()) {
          found.put(annotation.key, text.strip());
        } else if (!(value instanceof String) && !value.equals(Values.none())) {
          denials.add(
              new Denial(
                  true,
                  "Invalid",
                  "the value of audit annotation " + annotation.key + " must be a string or null",
                  -1));
        }
      } catch (CelException | CelCostException e) {
        denials.add(
            new Denial(
                true, "Invalid", "audit annotation " + annotation.key + ": " + e.getMessage(), -1));
      }
    }
    return Map.copyOf(found);
  }
}
