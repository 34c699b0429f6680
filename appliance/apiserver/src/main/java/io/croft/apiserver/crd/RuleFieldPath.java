package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The `fieldPath` of a rule: `.spec.replicas`, `.labels['a.b']`. Fields and keys of maps only.
final class RuleFieldPath {
  private static final Pattern STEP =
      Pattern.compile("\\.([^.\\[\\]]+)|\\['((?:[^'\\\\]|\\\\.)*)']");

  private RuleFieldPath() {}

  /// Whether the path leads to something that the schema knows.
  static boolean isWithin(JsonNode schema, String path) {
    Matcher step = STEP.matcher(path);
    JsonNode at = schema;
    int end = 0;
    while (end < path.length()) {
      if (!step.find(end) || step.start() != end) {
        return false;
      }
      at =
          at.has("properties")
              ? at.path("properties").path(name(step))
              : at.path("additionalProperties");
      if (!at.isObject()) {
        return false;
      }
      end = step.end();
    }
    return true;
  }

  private static String name(Matcher step) {
    return step.group(1) != null ? step.group(1) : step.group(2).replaceAll("\\\\(.)", "$1");
  }

  /// Behind the path of the value that the rule is about.
  static String joined(String value, JsonNode schema, String path) {
    var joined = new StringBuilder(value);
    Matcher step = STEP.matcher(path);
    JsonNode at = schema;
    while (step.find()) {
      boolean named = at.has("properties");
      String name = name(step);
      if (named) {
        joined.append(joined.isEmpty() ? "" : ".").append(name);
      } else {
        joined.append('[').append(name).append(']');
      }
      at = named ? at.path("properties").path(name) : at.path("additionalProperties");
    }
    return joined.toString();
  }
}
