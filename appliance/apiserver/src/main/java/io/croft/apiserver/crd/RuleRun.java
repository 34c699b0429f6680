package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.cel.CelBudget;
import io.croft.apiserver.cel.CelCostException;
import io.croft.apiserver.cel.CelException;
import io.croft.apiserver.cel.CelProgram;
import io.croft.apiserver.cel.Values;
import io.croft.apiserver.cel.Variables;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Holds one object to the rules of its schema. What a change has left as it was, and what was
/// wrong before, does not keep the change back (KEP-4008); rules about changes are always asked.
final class RuleRun {
  private static final int MAX_MESSAGE_BYTES = 5 << 10;
  private static final String OUT_OF_BUDGET =
      "validation failed due to running out of cost budget, no further validation rules will be"
          + " run";

  private final CelBudget budget;
  private final FieldErrors errors = new FieldErrors();

  RuleRun(CelBudget budget) {
    this.budget = budget;
  }

  List<FieldError> errors() {
    return errors.list();
  }

  void check(RuleNode root, ObjectNode object, @Nullable ObjectNode old) {
    try {
      value(root, object, new Old(old, object, null), "");
    } catch (Stop stop) {
      errors.add(stop.error);
    }
  }

  /// No further rules are to be asked.
  private static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient FieldError error;

    Stop(FieldError error) {
      super(error.message(), null, false, false);
      this.error = error;
    }
  }

  /// What a value was before.
  private static final class Old {
    /// Null when there was none, or it cannot be told which it was.
    private final @Nullable JsonNode value;

    private final JsonNode now;

    /// What the value is part of; null where the old value can be told.
    private final @Nullable Old around;

    private @Nullable Boolean same;

    Old(@Nullable JsonNode value, JsonNode now, @Nullable Old around) {
      this.value = value;
      this.now = now;
      this.around = around;
    }

    /// Whether nothing has changed: in the value, or where that cannot be told, in what it is part
    /// of.
    boolean isSame() {
      if (around != null) {
        return around.isSame();
      }
      if (same == null) {
        same = value != null && Json.same(value, now);
      }
      return same;
    }

    Old part(JsonNode part, @Nullable JsonNode before) {
      return new Old(before, part, null);
    }

    Old untold(JsonNode part) {
      return new Old(null, part, this);
    }
  }

  private void value(RuleNode node, JsonNode value, Old old, String path) {
    if (value.isNull()) {
      return;
    }
    rules(node, value, old, path);
    switch (value) {
      case ObjectNode object -> members(node, object, old, path);
      case ArrayNode array -> items(node, array, old, path);
      default -> {}
    }
  }

  private void members(RuleNode node, ObjectNode object, Old old, String path) {
    for (var member : object.properties()) {
      String name = member.getKey();
      RuleNode part = node.properties().get(name);
      JsonNode before = old.value == null ? null : old.value.get(name);
      Old was =
          old.around != null ? old.untold(member.getValue()) : old.part(member.getValue(), before);
      if (part != null) {
        value(part, member.getValue(), was, path.isEmpty() ? name : path + "." + name);
      } else if (node.below() != null) {
        value(node.below(), member.getValue(), was, path + "[" + name + "]");
      }
    }
  }

  private void items(RuleNode node, ArrayNode array, Old old, String path) {
    if (node.below() == null) {
      return;
    }
    boolean keyed = node.schema().json().path("x-kubernetes-list-type").asText("").equals("map");
    Map<String, JsonNode> before = new HashMap<>();
    if (keyed && old.value instanceof ArrayNode items) {
      items.forEach(item -> before.putIfAbsent(key(node, item), item));
    }
    int index = 0;
    for (JsonNode item : array) {
      boolean told = keyed && old.around == null;
      Old was = told ? old.part(item, before.get(key(node, item))) : old.untold(item);
      value(node.below(), item, was, path + "[" + index++ + "]");
    }
  }

  private static String key(RuleNode node, JsonNode item) {
    ObjectNode key = Json.object();
    for (JsonNode name : node.schema().json().path("x-kubernetes-list-map-keys")) {
      key.set(name.asText(), item.path(name.asText()));
    }
    return Json.canonical(key);
  }

  private void rules(RuleNode node, JsonNode value, Old old, String path) {
    if (!node.broken().isEmpty()) {
      errors.add(wrong(node, path, "rule compile error: " + node.broken()));
    }
    if (node.rules().isEmpty()) {
      return;
    }
    Object self = Values.of(value, node.schema());
    Object before =
        old.value == null || old.value.isNull() ? null : Values.of(old.value, node.schema());
    for (Rule rule : node.rules()) {
      if (rule.isTransition() && before == null && !rule.optionalOld()) {
        continue; // there is nothing to compare with
      }
      Object oldSelf =
          !rule.optionalOld() ? before : before == null ? Values.absent() : Values.some(before);
      Variables variables =
          name ->
              switch (name) {
                case Rule.SELF -> self;
                case Rule.OLD -> oldSelf;
                default -> null;
              };
      rule(node, rule, variables, value, old, path);
    }
  }

  private void rule(
      RuleNode node, Rule rule, Variables variables, JsonNode value, Old old, String path) {
    if (budget.isSpent()) {
      throw new Stop(wrong(node, path, OUT_OF_BUDGET));
    }
    Object answer;
    try {
      answer = rule.condition().evaluate(variables, budget);
    } catch (CelException e) {
      String why = String.valueOf(e.getMessage());
      errors.add(
          wrong(
              node,
              path,
              why.startsWith("no such overload")
                  ? "'%s': call arguments did not match a supported operator, function or macro signature for rule: %s"
                      .formatted(why, rule.shown())
                  : why + " evaluating rule: " + rule.shown()));
      return;
    } catch (CelCostException e) {
      throw new Stop(
          wrong(
              node,
              path,
              budget.isSpent()
                  ? OUT_OF_BUDGET
                  : "'%s': no further validation rules will be run due to call cost exceeds limit for rule: %s"
                      .formatted(e.getMessage(), rule.shown())));
    }
    boolean excused = !rule.isTransition() && old.isSame();
    if (!Boolean.TRUE.equals(answer) && !excused) {
      errors.add(refusal(node, rule, variables, value, path));
    }
  }

  private static FieldError wrong(RuleNode node, String path, String detail) {
    return FieldError.invalid(shown(path), node.schema().json().path("type").asText(""), detail);
  }

  /// The object as a whole has no path, and is called as kube-apiserver does.
  private static String shown(String path) {
    return path.isEmpty() ? "<nil>" : path;
  }

  private FieldError refusal(
      RuleNode node, Rule rule, Variables variables, JsonNode value, String path) {
    String field = shown(RuleFieldPath.joined(path, node.schema().json(), rule.fieldPath()));
    String detail = message(node, rule, variables, path);
    Object seen = node.schema().isContainer() ? FieldError.OMITTED : value;
    return switch (rule.reason()) {
      case "FieldValueForbidden" -> FieldError.forbidden(field, detail);
      case "FieldValueRequired" -> FieldError.required(field, detail);
      case "FieldValueDuplicate" -> new FieldError(FieldError.Type.DUPLICATE, field, seen, detail);
      default -> FieldError.invalid(field, seen, detail);
    };
  }

  private String message(RuleNode node, Rule rule, Variables variables, String path) {
    CelProgram expression = rule.message();
    if (expression == null) {
      return rule.usualMessage();
    }
    try {
      String message = String.valueOf(expression.evaluate(variables, budget)).strip();
      boolean fit =
          !message.isEmpty() && message.length() <= MAX_MESSAGE_BYTES && message.indexOf('\n') < 0;
      return fit ? message : rule.usualMessage();
    } catch (CelException e) {
      return rule.usualMessage();
    } catch (CelCostException e) {
      throw new Stop(
          wrong(
              node,
              path,
              budget.isSpent()
                  ? "messageExpression evaluation failed due to running out of cost budget, no"
                      + " further validation rules will be run"
                  : "no further validation rules will be run due to call cost exceeds limit for"
                      + " messageExpression: "
                      + rule.json().path("messageExpression").asText("")));
    }
  }
}
