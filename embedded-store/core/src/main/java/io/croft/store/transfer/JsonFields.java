package io.croft.store.transfer;

import io.croft.store.Bytes;
import io.croft.store.transfer.JsonLineParser.Malformed;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The fields of a line, with the checks that they need.
final class JsonFields {
  private final Map<String, Object> fields;
  private final Set<String> unread;

  JsonFields(Map<String, Object> fields) {
    this.fields = fields;
    this.unread = new HashSet<>(fields.keySet());
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  String text(String name) throws Malformed {
    return value(name, String.class, "a text");
  }

  long number(String name, long least, long most) throws Malformed {
    long number = value(name, Long.class, "a whole number");
    if (number < least || number > most) {
      throw new Malformed(
          "field %s is %d, allowed is %d to %d".formatted(name, number, least, most));
    }
    return number;
  }

  /// A number in hexadecimal, other than 0.
  long hex(String name) throws Malformed {
    String text = text(name);
    try {
      long number = Long.parseUnsignedLong(text, 16);
      if (number != 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new Malformed("field " + name + " is not a number in hexadecimal: " + text);
  }

  Bytes bytes(String name) throws Malformed {
    try {
      return Bytes.wrap(Base64.getDecoder().decode(text(name)));
    } catch (IllegalArgumentException e) {
      throw new Malformed("field " + name + " is not base64");
    }
  }

  private <T> T value(String name, Class<T> type, String words) throws Malformed {
    unread.remove(name);
    Object value = fields.get(name);
    if (value == null) {
      throw new Malformed("field " + name + " is missing");
    }
    if (!type.isInstance(value)) {
      throw new Malformed("field " + name + " is not " + words);
    }
    return type.cast(value);
  }

  /// @throws Malformed when there is a field that nobody asked for
  void expectNoMore() throws Malformed {
    if (!unread.isEmpty()) {
      throw new Malformed("unknown fields " + unread);
    }
  }
}
