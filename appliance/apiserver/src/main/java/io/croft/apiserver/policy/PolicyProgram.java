package io.croft.apiserver.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.cel.CelBudget;
import io.croft.apiserver.cel.CelCostException;
import io.croft.apiserver.cel.CelException;
import io.croft.apiserver.cel.CelProgram;
import io.croft.apiserver.cel.DeclaredType;
import io.croft.apiserver.cel.Values;
import io.croft.apiserver.cel.Variables;
import io.croft.model.FieldError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A `ValidatingAdmissionPolicy`, compiled. Immutable and thread-safe.
public final class PolicyProgram {
  private static final int MAX_MESSAGE_BYTES = 5 << 10;

  private final PolicyExpressions expressions;
  private final List<Validation> validations = new ArrayList<>();
  private final List<Annotation> annotations = new ArrayList<>();

  private record Validation(CelProgram condition, @Nullable CelProgram message, JsonNode json) {}

  private record Annotation(String key, CelProgram value, String expression) {}

  /// What a policy says of a request where it does not admit it.
  ///
  /// @param failed whether that could not be found out, so that the failure policy decides
  /// @param reason of the answer, for example `Invalid`
  /// @param index of the validation, or `NO_VALIDATION`
  public record Denial(boolean failed, String reason, String message, int index) {
    /// What was to be noted for the audit log could not be found out: no validation fails, but the
    /// request does, whatever the binding says of these.
    public static final int NO_VALIDATION = -1;

    private static Denial ofAnnotation(String message) {
      return new Denial(true, "Invalid", message, NO_VALIDATION);
    }
  }

  /// @param annotations for the audit log
  public record Judgement(List<Denial> denials, Map<String, String> annotations) {}

  private PolicyProgram(JsonNode spec) {
    expressions =
        new PolicyExpressions(spec, AdmissionTypes.environment(spec.path("paramKind").isObject()));
    int index = 0;
    for (JsonNode json : spec.path("validations")) {
      String path = "spec.validations[" + index++ + "]";
      CelProgram condition =
          expressions.compile(json.path("expression"), path + ".expression", DeclaredType.BOOL);
      CelProgram message =
          expressions.compile(
              json.path("messageExpression"), path + ".messageExpression", DeclaredType.STRING);
      if (condition != null) {
        validations.add(new Validation(condition, message, json));
      }
    }
    index = 0;
    for (JsonNode json : spec.path("auditAnnotations")) {
      String path = "spec.auditAnnotations[" + index++ + "].valueExpression";
      CelProgram value = expressions.compile(json.path("valueExpression"), path, null);
      if (value != null) {
        String expression = json.path("valueExpression").asText("").strip();
        annotations.add(new Annotation(json.path("key").asText(""), value, expression));
      }
    }
  }

  public static PolicyProgram compile(JsonNode spec) {
    return new PolicyProgram(spec);
  }

  /// What does not compile, by the paths of a policy.
  public List<FieldError> errors() {
    return expressions.errors();
  }

  /// Whether the policy has a say at all.
  public MatchConditions.Result matches(Variables request) {
    return expressions.matches(request);
  }

  public Judgement judge(Variables request) {
    CelBudget budget = CelBudget.forRules();
    Variables scope = expressions.scope(request, budget);
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
              Denial.ofAnnotation(
                  "valueExpression '"
                      + annotation.expression
                      + "' resulted in an unsupported type. Return type must be either string or"
                      + " null."));
        }
      } catch (CelException | CelCostException e) {
        denials.add(
            Denial.ofAnnotation(
                "expression '" + annotation.expression + "' resulted in error: " + e.getMessage()));
      }
    }
    return Map.copyOf(found);
  }
}
