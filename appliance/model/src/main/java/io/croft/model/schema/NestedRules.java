package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.schema.StructuralRules.Level;
import java.util.List;
import java.util.Map;

/// The rules for what stands inside `allOf`, `anyOf`, `oneOf` and `not`: it may narrow values, but
/// not say what a value is, and only narrow what is specified outside.
final class NestedRules {
  private static final String INTEGER_OR_STRING = "[{\"type\":\"integer\"},{\"type\":\"string\"}]";

  /// Keywords that say what a value is, and what they must be for a schema to be structural.
  private static final Map<String, String> FORBIDDEN =
      Map.ofEntries(
          Map.entry("type", "must be empty"),
          Map.entry("additionalProperties", "must be undefined"),
          Map.entry("default", "must be undefined"),
          Map.entry("title", "must be empty"),
          Map.entry("description", "must be empty"),
          Map.entry("nullable", "must be false"),
          Map.entry("x-kubernetes-preserve-unknown-fields", "must be false"),
          Map.entry("x-kubernetes-embedded-resource", "must be false"),
          Map.entry("x-kubernetes-int-or-string", "must be false"),
          Map.entry("x-kubernetes-list-map-keys", "must be empty"),
          Map.entry("x-kubernetes-list-type", "must be undefined"),
          Map.entry("x-kubernetes-map-type", "must be undefined"),
          Map.entry("x-kubernetes-validations", "must be empty"));

  private final FieldErrors errors = new FieldErrors();

  private NestedRules() {}

  /// What is wrong within the combinations of a schema that is itself structural.
  static List<FieldError> check(JsonNode schema, Level level, FieldPath path) {
    var rules = new NestedRules();
    rules.combinations(schema, level, path, true);
    return rules.errors.list();
  }

  /// What combinations narrow without its being specified outside of them.
  static List<FieldError> completeness(JsonNode schema, FieldPath path) {
    var rules = new NestedRules();
    rules.complete(schema, schema, path, path);
    return rules.errors.list();
  }

  private void combinations(JsonNode schema, Level level, FieldPath path, boolean outermost) {
    pattern(schema, path);
    boolean spelledOut = outermost && isIntOrString(schema);
    for (String junctor : List.of("allOf", "anyOf", "oneOf")) {
      JsonNode list = schema.path(junctor);
      for (int i = 0; i < list.size(); i++) {
        if (!spelledOut || !junctor.equals("anyOf")) {
          boolean first = outermost && junctor.equals("allOf") && i == 0;
          nested(list.get(i), level, path.field(junctor).index(i), first);
        }
      }
    }
    if (schema.path("not").isObject()) {
      nested(schema.path("not"), level, path.field("not"), false);
    }
  }

  /// `anyOf: [integer, string]`, in a schema or in the first of its `allOf`, spells out
  /// `x-kubernetes-int-or-string` for readers that do not know it.
  private static boolean isIntOrString(JsonNode schema) {
    return schema.path("anyOf").toString().equals(INTEGER_OR_STRING);
  }

  private void nested(JsonNode schema, Level level, FieldPath path, boolean outermost) {
    for (var keyword : FORBIDDEN.entrySet()) {
      JsonNode value = schema.path(keyword.getKey());
      boolean unset = value.isMissingNode() || (value.isBoolean() && !value.booleanValue());
      if (!unset) {
        errors.add(
            FieldError.forbidden(
                path.field(keyword.getKey()).toString(), keyword.getValue() + " to be structural"));
      }
    }
    combinations(schema, level, path, outermost);
    if (schema.path("items").isObject()) {
      nested(schema.path("items"), level, path.field("items"), false);
    }
    for (var property : schema.path("properties").properties()) {
      FieldPath at = path.field("properties").key(property.getKey());
      nested(property.getValue(), Level.FIELD, at, false);
      if (property.getKey().equals("metadata")) {
        errors.add(
            FieldError.forbidden(at.toString(), "must not be specified in a nested context"));
      }
    }
  }

  private void pattern(JsonNode schema, FieldPath path) {
    String pattern = schema.path("pattern").asText("");
    try {
      SafePattern.compile(pattern);
    } catch (IllegalArgumentException e) {
      errors.add(
          FieldError.invalid(
              path.field("pattern").toString(),
              pattern,
              "must be a valid regular expression, but isn't: " + e.getMessage()));
    }
  }

  /// @param outside what is specified outside of combinations
  /// @param path where `outside` stands
  /// @param at where `schema` stands
  private void complete(JsonNode schema, JsonNode outside, FieldPath path, FieldPath at) {
    for (String junctor : List.of("allOf", "anyOf", "oneOf")) {
      JsonNode list = schema.path(junctor);
      for (int i = 0; i < list.size(); i++) {
        narrowed(list.get(i), outside, path, at.field(junctor).index(i));
      }
    }
    if (schema.path("not").isObject()) {
      narrowed(schema.path("not"), outside, path, at.field("not"));
    }
  }

  private void narrowed(JsonNode nested, JsonNode outside, FieldPath path, FieldPath at) {
    complete(nested, outside, path, at);
    if (nested.path("items").isObject()) {
      counterpart(
          nested.path("items"), outside.path("items"), path.field("items"), at.field("items"));
    }
    for (var property : nested.path("properties").properties()) {
      String name = property.getKey();
      counterpart(
          property.getValue(),
          outside.path("properties").path(name),
          path.field("properties").key(name),
          at.field("properties").key(name));
    }
  }

  private void counterpart(JsonNode nested, JsonNode outside, FieldPath path, FieldPath at) {
    if (outside.isMissingNode()) {
      errors.add(FieldError.required(path.toString(), "because it is defined in " + at));
    } else {
      narrowed(nested, outside, path, at);
    }
  }
}
