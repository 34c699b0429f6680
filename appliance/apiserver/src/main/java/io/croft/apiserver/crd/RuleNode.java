package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.cel.CelCompileException;
import io.croft.apiserver.cel.RuleSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A part of a schema with its rules, and those of its parts that have any.
///
/// @param broken why rules that were accepted once do not compile; empty when they do
/// @param below what the items of a list or the values of a map are held to; null for nothing
record RuleNode(
    RuleSchema schema,
    List<Rule> rules,
    String broken,
    Map<String, RuleNode> properties,
    @Nullable RuleNode below) {
  static RuleNode of(RuleSchema schema) {
    JsonNode json = schema.json();
    var properties = new LinkedHashMap<String, RuleNode>();
    for (var property : json.path("properties").properties()) {
      RuleSchema part = schema.property(property.getKey());
      if (part.isKnown() && hasRules(property.getValue())) {
        properties.put(property.getKey(), of(part));
      }
    }
    RuleSchema items = schema.element();
    boolean goesOn = hasRules(json.path("items")) || hasRules(json.path("additionalProperties"));
    return compiled(schema, properties, goesOn && items.isKnown() ? of(items) : null);
  }

  private static boolean hasRules(JsonNode schema) {
    return schema.isObject() && schema.findValue("x-kubernetes-validations") != null;
  }

  private static RuleNode compiled(
      RuleSchema schema, Map<String, RuleNode> properties, @Nullable RuleNode below) {
    JsonNode declared = schema.json().path("x-kubernetes-validations");
    var rules = new ArrayList<Rule>();
    String broken = "";
    if (!declared.isEmpty()) {
      Rule.Scope scope = Rule.Scope.of(schema);
      for (JsonNode json : declared) {
        try {
          rules.add(Rule.compile(json, scope));
        } catch (CelCompileException e) {
          broken = String.valueOf(e.getMessage());
        }
      }
    }
    return new RuleNode(schema, List.copyOf(rules), broken, Map.copyOf(properties), below);
  }
}
