package io.croft.store.transfer;

import java.util.LinkedHashMap;
import java.util.Map;

/// Reads a JSON object of texts and whole numbers, as [JsonLine] builds it; anything else in it is
/// an error.
final class JsonLineParser {
  /// What is wrong, in words.
  static final class Malformed extends Exception {
    Malformed(String message) {
      super(message);
    }
  }

  private final String json;
  private int at;

  private JsonLineParser(String json) {
    this.json = json;
  }

  /// @return name to `String` or `Long`
  static Map<String, Object> parse(String json) throws Malformed {
    return new JsonLineParser(json).object();
  }

  private Map<String, Object> object() throws Malformed {
    Map<String, Object> fields = new LinkedHashMap<>();
    expect('{');
    if (!accept('}')) {
      do {
        String name = text();
        expect(':');
        if (fields.put(name, value()) != null) {
          throw new Malformed("field " + name + " stands there twice");
        }
      } while (accept(','));
      expect('}');
    }
    skipSpace();
    if (at < json.length()) {
      throw unexpected();
    }
    return fields;
  }

  private Object value() throws Malformed {
    skipSpace();
    return at < json.length() && json.charAt(at) == '"' ? (Object) text() : (Object) number();
  }

  private long number() throws Malformed {
    int start = at;
    while (at < json.length() && (isDigit(json.charAt(at)) || json.charAt(at) == '-')) {
      at++;
    }
    try {
      return Long.parseLong(json, start, at, 10);
    } catch (NumberFormatException e) {
      at = start;
      throw unexpected();
    }
  }

  private static boolean isDigit(char c) {
    return '0' <= c && c <= '9';
  }

  private String text() throws Malformed {
    expect('"');
    int plainEnd = json.indexOf('"', at);
    int escape = json.indexOf('\\', at);
    if (plainEnd >= 0 && (escape < 0 || escape > plainEnd)) {
      String plain = json.substring(at, plainEnd);
      at = plainEnd + 1;
      return plain;
    }
    StringBuilder text = new StringBuilder();
    while (true) {
      char c = next();
      if (c == '"') {
        return text.toString();
      }
      text.append(c == '\\' ? escaped() : c);
    }
  }

  private char escaped() throws Malformed {
    char c = next();
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> throw new Malformed("column " + at + ": unknown escape \\" + c);
    };
  }

  private char unicode() throws Malformed {
    int end = at + 4;
    try {
      char c = (char) Integer.parseInt(json, at, end, 16);
      at = end;
      return c;
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw unexpected();
    }
  }

  private char next() throws Malformed {
    if (at >= json.length()) {
      throw unexpected();
    }
    return json.charAt(at++);
  }

  private void expect(char c) throws Malformed {
    if (!accept(c)) {
      throw unexpected();
    }
  }

  private boolean accept(char c) {
    skipSpace();
    boolean isThere = at < json.length() && json.charAt(at) == c;
    at += isThere ? 1 : 0;
    return isThere;
  }

  private void skipSpace() {
    while (at < json.length() && (json.charAt(at) == ' ' || json.charAt(at) == '\t')) {
      at++;
    }
  }

  private Malformed unexpected() {
    return new Malformed(
        at >= json.length() ? "the line is cut off" : "column " + (at + 1) + " is not as expected");
  }
}
