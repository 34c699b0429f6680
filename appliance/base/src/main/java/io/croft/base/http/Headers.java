package io.croft.base.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/// Header fields in order; names are compared without case and kept in lower case. Immutable.
public final class Headers {
  public static final Headers EMPTY = new Headers(new String[0]);

  /// name, value, name, value, …; never changed
  private final String[] fields;

  private Headers(String[] fields) {
    this.fields = fields;
  }

  /// @param namesAndValues name, value, name, value, …
  public static Headers of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("a header name without a value");
    }
    return new Headers(lowered(namesAndValues.clone(), 0));
  }

  private static String[] lowered(String[] fields, int from) {
    for (int i = from; i < fields.length; i += 2) {
      fields[i] = fields[i].toLowerCase(Locale.ROOT);
      Objects.requireNonNull(fields[i + 1], fields[i]);
    }
    return fields;
  }

  /// The first value of a field, if it is there.
  public Optional<String> first(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    for (int i = 0; i < fields.length; i += 2) {
      if (fields[i].equals(wanted)) {
        return Optional.of(fields[i + 1]);
      }
    }
    return Optional.empty();
  }

  /// All values of a field, in order.
  public List<String> all(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    var values = new ArrayList<String>(2);
    for (int i = 0; i < fields.length; i += 2) {
      if (fields[i].equals(wanted)) {
        values.add(fields[i + 1]);
      }
    }
    return values;
  }

  /// What a field lists, separated by commas, in lower case.
  public Set<String> tokens(String name) {
    List<String> values = all(name);
    if (values.isEmpty()) {
      return Set.of();
    }
    var tokens = new HashSet<String>();
    for (String value : values) {
      for (String token : value.toLowerCase(Locale.ROOT).split(",")) {
        tokens.add(token.strip());
      }
    }
    return tokens;
  }

  /// These fields and one more.
  public Headers with(String name, String value) {
    return withAll(name, value);
  }

  /// These fields and more.
  ///
  /// @param namesAndValues name, value, name, value, …
  public Headers withAll(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("a header name without a value");
    }
    String[] more = Arrays.copyOf(fields, fields.length + namesAndValues.length);
    System.arraycopy(namesAndValues, 0, more, fields.length, namesAndValues.length);
    return new Headers(lowered(more, fields.length));
  }

  /// The fields whose names, in lower case, do not match.
  public Headers without(Predicate<String> names) {
    String[] rest = new String[fields.length];
    int count = 0;
    for (int i = 0; i < fields.length; i += 2) {
      if (!names.test(fields[i])) {
        rest[count++] = fields[i];
        rest[count++] = fields[i + 1];
      }
    }
    return count == fields.length ? this : new Headers(Arrays.copyOf(rest, count));
  }

  public void forEach(BiConsumer<String, String> action) {
    for (int i = 0; i < fields.length; i += 2) {
      action.accept(fields[i], fields[i + 1]);
    }
  }

  @Override
  public String toString() {
    return Arrays.toString(fields);
  }
}
