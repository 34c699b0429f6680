package io.croft.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A condition on fields: every term must hold. Immutable.
public record FieldSelector(List<Term> terms) {
  /// Matches every object.
  public static final FieldSelector EVERYTHING = new FieldSelector(List.of());

  /// One comparison.
  ///
  /// @param field for example `metadata.name`
  public record Term(String field, String value, boolean negated) {
    @Override
    public String toString() {
      String escaped = value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=");
      return field + (negated ? "!=" : "=") + escaped;
    }
  }

  public FieldSelector {
    terms = List.copyOf(terms);
  }

  /// Reads the form of a query parameter: `metadata.name=a,status.phase!=Running`. In a value, the
  /// characters `\`, `,` and `=` are escaped by a backslash. Empty matches everything. Which fields
  /// a kind supports is for the caller to check.
  ///
  /// @throws IllegalArgumentException when it is malformed, with kube-apiserver's message
  public static FieldSelector parse(String text) {
    var terms = new ArrayList<Term>();
    for (String term : split(text)) {
      if (!term.isEmpty()) {
        terms.add(term(term, text));
      }
    }
    return new FieldSelector(terms);
  }

  /// Cuts at the commas that are not escaped.
  private static List<String> split(String text) {
    var parts = new ArrayList<String>();
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        i++;
      } else if (text.charAt(i) == ',') {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static Term term(String term, String selector) {
    int equals = term.indexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException(
          "invalid selector: '" + selector + "'; can't understand '" + term + "'");
    }
    boolean negated = equals > 0 && term.charAt(equals - 1) == '!';
    boolean doubled = !negated && term.startsWith("==", equals);
    String field = term.substring(0, negated ? equals - 1 : equals);
    return new Term(field, unescape(term.substring(equals + (doubled ? 2 : 1))), negated);
  }

  private static String unescape(String value) {
    var out = new StringBuilder(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\') {
        i++;
        if (i == value.length() || "\\,=".indexOf(value.charAt(i)) < 0) {
          throw new IllegalArgumentException(
              "invalid field selector: invalid escape sequence: "
                  + value.substring(i - 1, Math.min(i + 1, value.length())));
        }
        out.append(value.charAt(i));
      } else if (c == '=') {
        throw new IllegalArgumentException(
            "invalid field selector: unescaped character in value: " + (int) c);
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  public boolean isEmpty() {
    return terms.isEmpty();
  }

  /// @param fields the value of a field; null and `""` both stand for one that the object lacks
  public boolean matches(Function<String, @Nullable String> fields) {
    return terms.stream().allMatch(term -> matches(term, fields.apply(term.field())));
  }

  private static boolean matches(Term term, @Nullable String value) {
    return term.value().equals(value == null ? "" : value) != term.negated();
  }

  /// The form that {@link #parse} reads.
  @Override
  public String toString() {
    return terms.stream().map(Term::toString).collect(Collectors.joining(","));
  }
}
