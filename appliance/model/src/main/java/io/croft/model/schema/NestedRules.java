package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.schema.StructuralRules.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

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

  private final List<FieldError> errors = new ArrayList<>();

  private NestedRules() {}

  /// What is wrong within the combinations of a schema that is itself structural.
  static List<FieldError> check(JsonNode schema, Level level, FieldPath path) {
    var rules = new NestedRules();
    rules.combinations(schema, level, path);
    return rules.errors;
  }

  /// What combinations narrow without its being specified outside of them.
  static List<FieldError> completeness(JsonNode schema, FieldPath path) {
    var rules = new NestedRules();
    rules.complete(schema, schema, path, path);
    return rules.errors;
  }

  private void combinations(JsonNode schema, Level level, FieldPath path) {
    pattern(schema, path);
    eachNested(
        schema,
        path,
        (nested, at) -> {
          if (!isIntOrStringPattern(schema, nested)) {
            nested(nested, level, at);
          }
        });
  }

  /// `anyOf: [integer, string]`, directly or as the first of `allOf`, spells out
  /// `x-kubernetes-int-or-string` for readers that do not know it.
  private static boolean isIntOrStringPattern(JsonNode schema, JsonNode nested) {
    boolean direct = schema.path("anyOf").toString().equals(INTEGER_OR_STRING);
    boolean isAnyOf = contains(schema.path("anyOf"), nested);
    boolean wrapped =
        nested.path("anyOf").toString().equals(INTEGER_OR_STRING)
            && nested.equals(schema.path("allOf").path(0))
            && nested.size() == 1;
    return (direct && isAnyOf) || wrapped;
  }

  private static boolean contains(JsonNode list, JsonNode item) {
    for (JsonNode candidate : list) {
      if (candidate.equals(item)) {
        return true;
      }
    }
    return false;
  }

  private void nested(JsonNode schema, Level level, FieldPath path) {
    for (var keyword : FORBIDDEN.entrySet()) {
      JsonNode value = schema.path(keyword.getKey());
      boolean unset = value.isMissingNode() || (value.isBoolean() && !value.booleanValue());
      if (!unset) {
        errors.add(
            FieldError.forbidden(
                path.field(keyword.getKey()).toString(), keyword.getValue() + " to be structural"));
      }
    }
    combinations(schema, level, path);
    if (schema.path("items").isObject()) {
      nested(schema.path("items"), level, path.field("items"));
    }
    for (var property : schema.path("properties").properties()) {
      FieldPath at = path.field("properties").key(property.getKey());
      nested(property.getValue(), Level.FIELD, at);
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
    eachNested(schema, at, (nested, nestedAt) -> narrowed(nested, outside, path, nestedAt));
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

  private static void eachNested(
      JsonNode schema, FieldPath path, BiConsumer<JsonNode, FieldPath> action) {
    for (String junctor : List.of("allOf", "anyOf", "oneOf")) {
      JsonNode list = schema.path(junctor);
      for (int i = 0; i < list.size(); i++) {
        action.accept(list.get(i), path.field(junctor).index(i));
      }
    }
    if (schema.path("not").isObject()) {
      action.accept(schema.path("not"), path.field("not"));
    }
  }
}
