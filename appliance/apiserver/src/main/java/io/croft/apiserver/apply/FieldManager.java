package io.croft.apiserver.apply;

import io.croft.model.FieldError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The names by which clients own fields.
public final class FieldManager {
  /// The most bytes of a name.
  private static final int MAX_BYTES = 128;

  private static final String UNKNOWN = "unknown";

  private FieldManager() {}

  /// What is wrong with a name that a client gives itself.
  ///
  /// @param field where it stands
  public static List<FieldError> errors(String name, String field) {
    var errors = new ArrayList<FieldError>();
    if (utf8Length(name) > MAX_BYTES) {
      errors.add(FieldError.tooLong(field, MAX_BYTES));
      return errors;
    }
    for (int i = 0; i < name.length(); i = name.offsetByCodePoints(i, 1)) {
      int c = name.codePointAt(i);
      if (!isPrintable(c)) {
        String what =
            "invalid character U+%04X (at position %d)"
                .formatted(c, utf8Length(name.substring(0, i)));
        errors.add(FieldError.invalid(field, name, what));
      }
    }
    return errors;
  }

  /// The name of a client that does not give itself one: the beginning of its `User-Agent`, without
  /// what cannot be printed.
  public static String ofUserAgent(String userAgent) {
    var name = new StringBuilder();
    int slash = userAgent.indexOf('/');
    String program = slash < 0 ? userAgent : userAgent.substring(0, slash);
    int bytes = 0;
    for (int c : program.codePoints().toArray()) {
      if (!isPrintable(c)) {
        continue;
      }
      bytes += utf8Length(Character.toString(c));
      if (bytes > MAX_BYTES) {
        break;
      }
      name.appendCodePoint(c);
    }
    return name.isEmpty() ? UNKNOWN : name.toString();
  }

  private static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /// As Go's `unicode.IsPrint`.
  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
