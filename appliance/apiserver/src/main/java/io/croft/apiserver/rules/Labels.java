package io.croft.apiserver.rules;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.LabelSelector;
import io.croft.model.Names;
import java.util.HashMap;
import java.util.Map;

/// Labels and what selects by them.
final class Labels {
  private Labels() {}

  /// A map of labels.
  static void check(Field labels) {
    for (var label : labels.node().properties()) {
      Names.qualifiedName(label.getKey()).forEach(e -> labels.invalid(label.getKey(), e));
      String value = label.getValue().asText("");
      Names.labelValue(value).forEach(e -> labels.invalid(value, e));
    }
  }

  /// A `metav1.LabelSelector`.
  static void selector(Field selector) {
    Field equal = selector.at("matchLabels");
    for (var label : equal.node().properties()) {
      Names.qualifiedName(label.getKey()).forEach(e -> equal.invalid(label.getKey(), e));
      String value = label.getValue().asText("");
      Names.labelValue(value).forEach(e -> equal.key(label.getKey()).invalid(value, e));
    }
    for (Field expression : selector.at("matchExpressions").items()) {
      expression(expression);
    }
  }

  private static void expression(Field expression) {
    Field values = expression.at("values");
    switch (expression.at("operator").text()) {
      case "In", "NotIn" -> {
        if (values.empty()) {
          values.required("must be specified when `operator` is 'In' or 'NotIn'");
        }
      }
      case "Exists", "DoesNotExist" -> {
        if (!values.empty()) {
          values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
      }
      default -> expression.at("operator").invalid("not a valid selector operator");
    }
    Field key = expression.at("key");
    Names.qualifiedName(key.text()).forEach(key::invalid);
    for (Field value : values.items()) {
      Names.labelValue(value.text()).forEach(value::invalid);
    }
  }

  /// A selector of a workload: not empty, and one that finds the pods of its template.
  ///
  /// @param owner how the message calls the kind
  static void workloadSelector(Field spec, String owner) {
    Field selector = spec.at("selector");
    if (!selector.present()) {
      selector.required("");
      return;
    }
    selector(selector);
    if (selector.at("matchLabels").empty() && selector.at("matchExpressions").empty()) {
      selector.invalid("empty selector is invalid for " + owner);
      return;
    }
    Field labels = spec.at("template", "metadata", "labels");
    if (!finds(selector.node(), labels.node())) {
      labels.invalid(
          labels.present() ? labels.node() : Map.of(),
          "`selector` does not match template `labels`");
    }
  }

  /// Whether a selector matches labels; a malformed one is taken to, for it is reported already.
  static boolean finds(JsonNode selector, JsonNode labels) {
    try {
      Map<String, String> texts = new HashMap<>();
      labels.properties().forEach(l -> texts.put(l.getKey(), l.getValue().asText("")));
      return LabelSelector.fromJson(selector).matches(texts);
    } catch (IllegalArgumentException e) {
      return true;
    }
  }
}
