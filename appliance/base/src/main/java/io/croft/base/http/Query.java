package io.croft.base.http;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Decoded query parameters, in order; a name may occur several times. Immutable.
public final class Query {
  public static final Query EMPTY = new Query(List.of(), "");

  /// name, value, name, value, …
  private final List<String> parameters;

  /// As it was received; null when it was not.
  private final @Nullable String raw;

  private Query(List<String> parameters, @Nullable String raw) {
    this.parameters = parameters;
    this.raw = raw;
  }

  /// @param raw what stands after `?`, percent-encoded; may be empty
  /// @throws IllegalArgumentException when an escape sequence is malformed
  public static Query parse(String raw) {
    if (raw.isEmpty()) {
      return EMPTY;
    }
    var parameters = new ArrayList<String>();
    for (String pair : raw.split("&")) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      parameters.add(URLDecoder.decode(name, StandardCharsets.UTF_8));
      parameters.add(URLDecoder.decode(value, StandardCharsets.UTF_8));
    }
    return new Query(List.copyOf(parameters), raw);
  }

  /// @param namesAndValues name, value, name, value, … not encoded
  public static Query of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("a parameter name without a value");
    }
    return new Query(List.of(namesAndValues), null);
  }

  public Optional<String> first(String name) {
    for (int i = 0; i < parameters.size(); i += 2) {
      if (parameters.get(i).equals(name)) {
        return Optional.of(parameters.get(i + 1));
      }
    }
    return Optional.empty();
  }

  public List<String> all(String name) {
    var values = new ArrayList<String>();
    for (int i = 0; i < parameters.size(); i += 2) {
      if (parameters.get(i).equals(name)) {
        values.add(parameters.get(i + 1));
      }
    }
    return values;
  }

  /// A boolean parameter as Kubernetes reads it: `1`, `true` and the bare name are true.
  public boolean flag(String name) {
    return first(name).map(v -> !v.equals("0") && !v.equalsIgnoreCase("false")).orElse(false);
  }

  /// The same parameters, the values of those whose names match replaced.
  public Query mask(Predicate<String> names, String replacement) {
    var masked = new ArrayList<>(parameters);
    for (int i = 0; i < masked.size(); i += 2) {
      if (names.test(masked.get(i))) {
        masked.set(i + 1, replacement);
      }
    }
    return new Query(List.copyOf(masked), null);
  }

  /// What stood after `?` when this was received, to the letter; otherwise as {@link #encode}. For
  /// who passes a request on: not every server takes `a`, `a=` and `%20`, `+` for the same.
  public String raw() {
    return raw == null ? encode() : raw;
  }

  /// The parameters percent-encoded, as they stand after `?`.
  public String encode() {
    var out = new StringBuilder();
    for (int i = 0; i < parameters.size(); i += 2) {
      if (i > 0) {
        out.append('&');
      }
      out.append(URLEncoder.encode(parameters.get(i), StandardCharsets.UTF_8))
          .append('=')
          .append(URLEncoder.encode(parameters.get(i + 1), StandardCharsets.UTF_8));
    }
    return out.toString();
  }
}
