package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.cel.CelCompileException;
import io.croft.apiserver.cel.CelEnvironment;
import io.croft.apiserver.cel.CelProgram;
import io.croft.apiserver.cel.DeclaredType;
import io.croft.apiserver.cel.RuleSchema;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One of the `x-kubernetes-validations` of a schema, compiled.
///
/// @param message makes the message of a refusal; null when that is fixed or follows from the rule
/// @param optionalOld whether `oldSelf` is an optional, and the rule asked of new values too
record Rule(
    JsonNode json, CelProgram condition, @Nullable CelProgram message, boolean optionalOld) {
  static final String SELF = "self";
  static final String OLD = "oldSelf";

  /// What rules of a value can look at, in both forms.
  record Scope(CelEnvironment plain, CelEnvironment optional) {
    static Scope of(RuleSchema schema) {
      DeclaredType type = DeclaredType.of(schema);
      return new Scope(
          CelEnvironment.of(Map.of(SELF, type, OLD, type)),
          CelEnvironment.of(Map.of(SELF, type, OLD, type.optional())));
    }

    CelEnvironment of(JsonNode rule) {
      return rule.path("optionalOldSelf").asBoolean(false) ? optional : plain;
    }
  }

  static Rule compile(JsonNode json, Scope scope) throws CelCompileException {
    CelEnvironment environment = scope.of(json);
    String message = json.path("messageExpression").asText("");
    return new Rule(
        json,
        environment.compile(json.path("rule").asText("")),
        message.isEmpty() ? null : environment.compile(message),
        json.path("optionalOldSelf").asBoolean(false));
  }

  boolean isTransition() {
    return condition.uses(OLD);
  }

  /// How the rule is called in messages: by its own message, or as it is written.
  String shown() {
    String text = json.path("message").asText("").strip();
    return text.isEmpty() ? json.path("rule").asText("").strip() : text;
  }

  /// What to say when no other message could be made.
  String usualMessage() {
    String text = json.path("message").asText("").strip();
    return text.isEmpty() ? "failed rule: " + shown() : text;
  }

  String reason() {
    return json.path("reason").asText("");
  }

  /// Where in the value the mistake is, for example `.replicas`; empty for the value itself.
  String fieldPath() {
    return json.path("fieldPath").asText("");
  }
}
