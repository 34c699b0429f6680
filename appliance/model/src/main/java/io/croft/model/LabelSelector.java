package io.croft.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A condition on labels: every requirement must hold. Immutable.
public final class LabelSelector {
  private static final LabelSelector EVERYTHING = new LabelSelector(List.of(), false);
  private static final LabelSelector NOTHING = new LabelSelector(List.of(), true);

  private final List<Requirement> requirements;
  private final boolean nothing;

  private LabelSelector(List<Requirement> requirements, boolean nothing) {
    this.requirements = requirements;
    this.nothing = nothing;
  }

  /// How a label is compared.
  public enum Operator {
    IN("in"),
    NOT_IN("notin"),
    EQUALS("="),
    NOT_EQUALS("!="),
    GREATER_THAN(">"),
    LESS_THAN("<"),
    EXISTS("exists"),
    DOES_NOT_EXIST("!");

    private final String text;

    Operator(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  /// One condition.
  ///
  /// @param values sorted, without repetition; one for the comparisons, none for the existence
  ///   tests
  public record Requirement(String key, Operator operator, List<String> values) {
    /// @throws IllegalArgumentException when the key or a value is malformed, or the number of
    ///   values does not suit the operator
    public Requirement {
      values = List.copyOf(new TreeSet<>(values));
      var errors = new ArrayList<FieldError>();
      checkKey(key, "key", errors);
      checkCount(operator, values, errors);
      for (int i = 0; i < values.size(); i++) {
        List<String> wrong = Names.labelValue(values.get(i));
        if (!wrong.isEmpty()) {
          String field = "values[" + i + "][" + key + "]";
          errors.add(FieldError.invalid(field, values.get(i), String.join("; ", wrong)));
        }
      }
      if (!errors.isEmpty()) {
        throw new IllegalArgumentException(
            errors.stream().map(FieldError::message).collect(Collectors.joining(", ")));
      }
    }

    static void checkKey(String key, String field, List<FieldError> errors) {
      List<String> wrong = Names.qualifiedName(key);
      if (!wrong.isEmpty()) {
        errors.add(FieldError.invalid(field, key, String.join("; ", wrong)));
      }
    }

    private static void checkCount(
        Operator operator, List<String> values, List<FieldError> errors) {
      String wrong =
          switch (operator) {
            case IN, NOT_IN ->
                values.isEmpty() ? "for 'in', 'notin' operators, values set can't be empty" : "";
            case EQUALS, NOT_EQUALS ->
                values.size() == 1 ? "" : "exact-match compatibility requires one single value";
            case EXISTS, DOES_NOT_EXIST ->
                values.isEmpty() ? "" : "values set must be empty for exists and does not exist";
            case GREATER_THAN, LESS_THAN ->
                values.size() == 1 && number(values.get(0)) != null
                    ? ""
                    : "for 'Gt', 'Lt' operators, the value must be an integer";
          };
      if (!wrong.isEmpty()) {
        errors.add(FieldError.invalid("values", values, wrong));
      }
    }

    boolean matches(Map<String, String> labels) {
      String value = labels.get(key);
      return switch (operator) {
        case IN, EQUALS -> value != null && values.contains(value);
        case NOT_IN, NOT_EQUALS -> value == null || !values.contains(value);
        case EXISTS -> value != null;
        case DOES_NOT_EXIST -> value == null;
        case GREATER_THAN -> value != null && compare(value) > 0;
        case LESS_THAN -> value != null && compare(value) < 0;
      };
    }

    /// 0, which satisfies neither comparison, when the label is no number.
    private int compare(String value) {
      Long left = number(value);
      Long right = number(values.get(0));
      return left == null || right == null ? 0 : left.compareTo(right);
    }

    private static @Nullable Long number(String text) {
      try {
        return Long.valueOf(text);
      } catch (NumberFormatException e) {
        return null;
      }
    }

    @Override
    public String toString() {
      return switch (operator) {
        case EXISTS -> key;
        case DOES_NOT_EXIST -> "!" + key;
        case IN, NOT_IN -> key + " " + operator.text + " (" + String.join(",", values) + ")";
        case EQUALS, NOT_EQUALS, GREATER_THAN, LESS_THAN -> key + operator.text + values.get(0);
      };
    }
  }

  /// Matches every object.
  public static LabelSelector everything() {
    return EVERYTHING;
  }

  /// Matches no object.
  public static LabelSelector nothing() {
    return NOTHING;
  }

  public static LabelSelector of(List<Requirement> requirements) {
    return requirements.isEmpty()
        ? EVERYTHING
        : new LabelSelector(
            requirements.stream().sorted(Comparator.comparing(Requirement::key)).toList(), false);
  }

  /// Reads the form of a query parameter: `app=web,tier in (a,b),!canary`. Empty matches
  /// everything.
  ///
  /// @throws IllegalArgumentException when it is malformed, with kube-apiserver's message
  public static LabelSelector parse(String text) {
    return of(new LabelSelectorParser(text).parse());
  }

  /// Reads `metav1.LabelSelector`: `matchLabels` and `matchExpressions`. As everywhere in
  /// Kubernetes, an absent selector matches nothing and an empty one everything.
  ///
  /// @throws IllegalArgumentException when it is malformed
  public static LabelSelector fromJson(@Nullable JsonNode json) {
    if (json == null || json.isNull() || json.isMissingNode()) {
      return NOTHING;
    }
    var requirements = new ArrayList<Requirement>();
    for (var label : json.path("matchLabels").properties()) {
      requirements.add(
          new Requirement(label.getKey(), Operator.EQUALS, List.of(label.getValue().asText())));
    }
    for (JsonNode expression : json.path("matchExpressions")) {
      var values = new ArrayList<String>();
      expression.path("values").forEach(value -> values.add(value.asText()));
      Operator operator = operator(expression.path("operator").asText());
      requirements.add(new Requirement(expression.path("key").asText(), operator, values));
    }
    return of(requirements);
  }

  private static Operator operator(String text) {
    return switch (text) {
      case "In" -> Operator.IN;
      case "NotIn" -> Operator.NOT_IN;
      case "Exists" -> Operator.EXISTS;
      case "DoesNotExist" -> Operator.DOES_NOT_EXIST;
      default ->
          throw new IllegalArgumentException(
              Quoted.text(text) + " is not a valid label selector operator");
    };
  }

  public boolean matches(Map<String, String> labels) {
    return !nothing && requirements.stream().allMatch(r -> r.matches(labels));
  }

  /// Whether it matches every object, so that matching can be left out.
  public boolean isEmpty() {
    return !nothing && requirements.isEmpty();
  }

  /// By key; empty for {@link #everything} and {@link #nothing}.
  public List<Requirement> requirements() {
    return requirements;
  }

  /// The form that {@link #parse} reads.
  @Override
  public String toString() {
    return requirements.stream().map(Requirement::toString).collect(Collectors.joining(","));
  }
}
