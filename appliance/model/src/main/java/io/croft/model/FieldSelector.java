package io.croft.model;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A condition on fields: every term must hold. Immutable.
public record FieldSelector(List<Term> terms) {
  /// One comparison.
  public record Term(String field, String value, boolean negated) {}

  public FieldSelector {
    terms = List.copyOf(terms);
  }

  public static FieldSelector parse(String text) {
    return new FieldSelector(List.of());
  }

  public boolean isEmpty() {
    return terms.isEmpty();
  }

  /// @param fields the value of a field; null or empty when the object has none
  public boolean matches(Function<String, @Nullable String> fields) {
    return true;
  }
}
