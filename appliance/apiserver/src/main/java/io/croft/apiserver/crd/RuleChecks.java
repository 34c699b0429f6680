package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.cel.CelCompileException;
import io.croft.apiserver.cel.CelProgram;
import io.croft.apiserver.cel.DeclaredType;
import io.croft.apiserver.cel.RuleSchema;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import java.util.List;

/// Whether the rules of a schema are rules, in kube-apiserver's words: they compile, give truth
/// values, and compare with old values only where these can be found.
final class RuleChecks {
  private static final List<String> REASONS =
      List.of(
          "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired");

  /// Compiling a rule takes milliseconds.
  static final int MAX_RULES = 1000;

  static final int MAX_CHARS = 256 << 10;

  private final FieldErrors errors = new FieldErrors();
  private int rules;
  private long chars;

  private RuleChecks() {}

  /// @param openApi a structural schema
  /// @return at most 100 errors
  static List<FieldError> check(JsonNode openApi, String path) {
    if (openApi.findValue("x-kubernetes-validations") == null) {
      return List.of();
    }
    var checks = new RuleChecks();
    checks.forms(openApi, path);
    checks.size(path);
    if (checks.errors.isEmpty()) {
      checks.walk(RuleSchema.ofCustomResource(openApi), path, "");
    }
    return checks.errors.list();
  }

  /// First what can be told without compiling.
  private void forms(JsonNode schema, String path) {
    int index = 0;
    for (JsonNode rule : schema.path("x-kubernetes-validations")) {
      form(rule, schema, path + ".x-kubernetes-validations[" + index++ + "]");
    }
    for (var property : schema.path("properties").properties()) {
      forms(property.getValue(), path + ".properties[" + property.getKey() + "]");
    }
    for (String below : List.of("items", "additionalProperties")) {
      if (schema.path(below).isObject()) {
        forms(schema.path(below), path + "." + below);
      }
    }
  }

  private void size(String path) {
    if (rules > MAX_RULES || chars > MAX_CHARS) {
      errors.add(
          FieldError.forbidden(
              path,
              "x-kubernetes-validations: there may be at most %d rules of %d characters together, not %d of %d"
                  .formatted(MAX_RULES, MAX_CHARS, rules, chars)));
    }
  }

  private void form(JsonNode rule, JsonNode schema, String path) {
    String text = rule.path("rule").asText("");
    rules++;
    chars += text.length() + rule.path("messageExpression").asText("").length();
    String message = rule.path("message").asText("");
    if (text.isBlank()) {
      errors.add(FieldError.required(path + ".rule", "rule is not specified"));
    } else if (!message.isEmpty() && message.isBlank()) {
      invalid(path + ".message", message, "must be non-empty if specified");
    } else if (hasNewlines(message.strip())) {
      invalid(path + ".message", message, "must not contain line breaks");
    } else if (hasNewlines(text.strip()) && message.isBlank()) {
      errors.add(
          FieldError.required(
              path + ".message", "message must be specified if rule contains line breaks"));
    }
    String expression = rule.path("messageExpression").asText("");
    if (!expression.isEmpty() && expression.isBlank()) {
      errors.add(
          FieldError.required(
              path + ".messageExpression", "messageExpression must be non-empty if specified"));
    }
    if (rule.has("reason") && !REASONS.contains(rule.path("reason").asText(""))) {
      errors.add(
          FieldError.notSupported(path + ".reason", rule.path("reason").asText(""), REASONS));
    }
    String field = rule.path("fieldPath").asText("");
    if (hasNewlines(field)) {
      invalid(path + ".fieldPath", field, "must not contain line breaks");
    } else if (!field.isEmpty() && field.isBlank()) {
      invalid(path + ".fieldPath", field, "must be non-empty if specified");
    } else if (!field.isEmpty() && !RuleFieldPath.isWithin(schema, field)) {
      invalid(path + ".fieldPath", field, "must be a valid path");
    }
  }

  private static boolean hasNewlines(String text) {
    return text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0;
  }

  private void invalid(String path, Object value, String detail) {
    errors.add(FieldError.invalid(path, value, detail));
  }

  /// @param uncorrelatable the list whose items have no old values; empty outside of one
  private void walk(RuleSchema schema, String path, String uncorrelatable) {
    JsonNode json = schema.json();
    if (errors.isFull()) {
      return;
    }
    if (!json.path("x-kubernetes-validations").isEmpty()) {
      compile(schema, path, uncorrelatable);
    }
    for (var property : json.path("properties").properties()) {
      String name = property.getKey();
      walk(schema.property(name), path + ".properties[" + name + "]", uncorrelatable);
    }
    if (json.path("items").isObject()) {
      boolean keyed = json.path("x-kubernetes-list-type").asText("").equals("map");
      String list = uncorrelatable.isEmpty() && !keyed ? path : uncorrelatable;
      walk(schema.element(), path + ".items", list);
    }
    if (json.path("additionalProperties").isObject()) {
      walk(schema.element(), path + ".additionalProperties", uncorrelatable);
    }
  }

  private void compile(RuleSchema schema, String path, String uncorrelatable) {
    String rules = path + ".x-kubernetes-validations";
    if (!schema.isKnown()) {
      errors.add(
          new FieldError(
              FieldError.Type.INTERNAL,
              rules,
              FieldError.OMITTED,
              "internal error: failed to retrieve type information for x-kubernetes-validations"));
      return;
    }
    Rule.Scope scope = Rule.Scope.of(schema);
    int index = 0;
    for (JsonNode rule : schema.json().path("x-kubernetes-validations")) {
      rule(rule, scope, rules + "[" + index++ + "]", uncorrelatable);
    }
  }

  private void rule(JsonNode rule, Rule.Scope scope, String path, String uncorrelatable) {
    boolean transition;
    try {
      CelProgram program = scope.of(rule).compile(rule.path("rule").asText(""));
      if (!program.gives(DeclaredType.BOOL)) {
        invalid(path + ".rule", rule, "cel expression must evaluate to a bool");
        return;
      }
      transition = program.uses(Rule.OLD);
    } catch (CelCompileException e) {
      invalid(path + ".rule", rule, "compilation failed: " + e.getMessage());
      return;
    }
    message(rule, scope, path);
    if (transition && !uncorrelatable.isEmpty()) {
      invalid(
          path + ".rule",
          rule.path("rule").asText(""),
          "oldSelf cannot be used on the uncorrelatable portion of the schema within "
              + uncorrelatable);
    } else if (!transition && rule.has("optionalOldSelf")) {
      invalid(
          path + ".optionalOldSelf",
          rule.path("optionalOldSelf"),
          "may not be set if oldSelf is not used in rule");
    }
  }

  private void message(JsonNode rule, Rule.Scope scope, String path) {
    String expression = rule.path("messageExpression").asText("");
    if (expression.isEmpty()) {
      return;
    }
    try {
      if (!scope.of(rule).compile(expression).gives(DeclaredType.STRING)) {
        invalid(path + ".messageExpression", rule, "messageExpression must evaluate to a string");
      }
    } catch (CelCompileException e) {
      invalid(
          path + ".messageExpression",
          rule,
          "messageExpression compilation failed: " + e.getMessage());
    }
  }
}
