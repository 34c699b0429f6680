package io.croft.apiserver.cel;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The names of fields as identifiers of an expression, escaped as Kubernetes does: `a.b` is
/// `a__dot__b`, `namespace` is `__namespace__`.
final class FieldNames {
  private static final Set<String> RESERVED =
      Set.of(
          "true",
          "false",
          "null",
          "in",
          "as",
          "break",
          "const",
          "continue",
          "else",
          "for",
          "function",
          "if",
          "import",
          "let",
          "loop",
          "package",
          "namespace",
          "return",
          "var",
          "void",
          "while");

  private record Escape(String text, String escaped) {}

  private static final List<Escape> ESCAPES =
      List.of(
          new Escape("__", "__underscores__"),
          new Escape(".", "__dot__"),
          new Escape("-", "__dash__"),
          new Escape("/", "__slash__"));

  private FieldNames() {}

  /// @return null when there is no way to write the name
  static @Nullable String escape(String name) {
    if (!name.matches("[a-zA-Z_][a-zA-Z0-9_./-]*")) {
      return null;
    }
    if (RESERVED.contains(name)) {
      return "__" + name + "__";
    }
    var escaped = new StringBuilder();
    int at = 0;
    while (at < name.length()) {
      Escape escape = null;
      for (Escape candidate : ESCAPES) {
        if (name.startsWith(candidate.text, at)) {
          escape = candidate;
          break;
        }
      }
      if (escape == null) {
        escaped.append(name.charAt(at++));
      } else {
        escaped.append(escape.escaped);
        at += escape.text.length();
      }
    }
    return escaped.toString();
  }

  static String unescape(String identifier) {
    if (!identifier.contains("__")) {
      return identifier;
    }
    if (identifier.length() > 4 && identifier.startsWith("__") && identifier.endsWith("__")) {
      String inner = identifier.substring(2, identifier.length() - 2);
      if (RESERVED.contains(inner)) {
        return inner;
      }
    }
    var name = new StringBuilder();
    int at = 0;
    while (at < identifier.length()) {
      Escape escape = null;
      for (Escape candidate : ESCAPES) {
        if (identifier.startsWith(candidate.escaped, at)) {
          escape = candidate;
          break;
        }
      }
      if (escape == null) {
        name.append(identifier.charAt(at++));
      } else {
        name.append(escape.text);
        at += escape.escaped.length();
      }
    }
    return name.toString();
  }
}
