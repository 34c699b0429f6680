package io.croft.store.transfer;

import java.nio.charset.StandardCharsets;

/// Builds a JSON object of texts and numbers on one line. The store has no JSON library, and needs
/// no more than this.
final class JsonLine {
  private final StringBuilder json = new StringBuilder("{");

  JsonLine text(String name, String value) {
    name(name);
    quote(value);
    return this;
  }

  JsonLine number(String name, long value) {
    name(name);
    json.append(value);
    return this;
  }

  private void name(String name) {
    if (json.length() > 1) {
      json.append(',');
    }
    quote(name);
    json.append(':');
  }

  private void quote(String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f || c == '\u2028' || c == '\u2029') {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }

  /// The line in UTF-8, with its end.
  byte[] encoded() {
    return json.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
  }
}
