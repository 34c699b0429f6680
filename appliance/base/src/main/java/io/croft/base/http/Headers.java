package io.croft.base.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/// Header fields in order; names are compared without case and kept in lower case. Immutable.
public final class Headers {
  public static final Headers EMPTY = new Headers(List.of());

  /// name, value, name, value, …
  private final List<String> fields;

  private Headers(List<String> fields) {
    this.fields = fields;
  }

  /// @param namesAndValues name, value, name, value, …
  public static Headers of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("a header name without a value");
    }
    var fields = new ArrayList<String>(namesAndValues.length);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.add(namesAndValues[i].toLowerCase(Locale.ROOT));
      fields.add(namesAndValues[i + 1]);
    }
    return new Headers(List.copyOf(fields));
  }

  /// The first value of a field, if it is there.
  public Optional<String> first(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    for (int i = 0; i < fields.size(); i += 2) {
      if (fields.get(i).equals(wanted)) {
        return Optional.of(fields.get(i + 1));
      }
    }
    return Optional.empty();
  }

  /// All values of a field, in order.
  public List<String> all(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    var values = new ArrayList<String>();
    for (int i = 0; i < fields.size(); i += 2) {
      if (fields.get(i).equals(wanted)) {
        values.add(fields.get(i + 1));
      }
    }
    return values;
  }

  /// These fields and one more.
  public Headers with(String name, String value) {
    var more = new ArrayList<>(fields);
    more.add(name.toLowerCase(Locale.ROOT));
    more.add(value);
    return new Headers(List.copyOf(more));
  }

  /// The fields whose names, in lower case, do not match.
  public Headers without(Predicate<String> names) {
    var rest = new ArrayList<String>(fields.size());
    forEach((name, value) -> {
      if (!names.test(name)) {
        rest.add(name);
        rest.add(value);
      }
    });
    return new Headers(List.copyOf(rest));
  }

  public void forEach(BiConsumer<String, String> action) {
    for (int i = 0; i < fields.size(); i += 2) {
      action.accept(fields.get(i), fields.get(i + 1));
    }
  }

  @Override
  public String toString() {
    return fields.toString();
  }
}
