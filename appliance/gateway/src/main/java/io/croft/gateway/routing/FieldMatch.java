package io.croft.gateway.routing;

import com.google.re2j.Pattern;
import java.util.Locale;

/// What a header field or query parameter must be.
///
/// @param name of a header field in lower case
public record FieldMatch(String name, Value value) {
  public sealed interface Value {
    boolean matches(String text);
  }

  public record Exact(String text) implements Value {
    @Override
    public boolean matches(String other) {
      return other.equals(text);
    }
  }

  /// Of the whole value.
  public record Expression(Pattern pattern) implements Value {
    @Override
    public boolean matches(String other) {
      return pattern.matches(other);
    }
  }

  public static FieldMatch header(String name, Value value) {
    return new FieldMatch(name.toLowerCase(Locale.ROOT), value);
  }
}
