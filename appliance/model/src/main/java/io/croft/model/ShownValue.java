package io.croft.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// A value as messages show it, cut when it is long. Stops looking at the value when there is
/// enough to show.
final class ShownValue {
  /// Most characters of a value that are shown.
  static final int MAX_CHARS = 256;

  private final StringBuilder out = new StringBuilder();

  private ShownValue() {}

  static String of(@Nullable Object value) {
    var shown = new ShownValue();
    shown.value(value);
    return Shortened.text(shown.out.toString(), MAX_CHARS);
  }

  private void value(@Nullable Object value) {
    switch (value) {
      case JsonNode json when json.isTextual() -> quoted(json.textValue());
      case JsonNode json -> json(json);
      case CharSequence text -> quoted(text.toString());
      case Collection<?> items -> items(items);
      case null, default -> out.append(value);
    }
  }

  private void items(Collection<?> items) {
    out.append('[');
    String separator = "";
    for (Object item : items) {
      if (isFull()) {
        return;
      }
      out.append(separator);
      value(item);
      separator = ",";
    }
    out.append(']');
  }

  private void json(JsonNode value) {
    switch (value) {
      case ObjectNode object -> object(object);
      case ArrayNode array -> array(array);
      case TextNode text -> jsonText(text.textValue());
      default -> out.append(Json.text(value));
    }
  }

  private void object(ObjectNode object) {
    out.append('{');
    String separator = "";
    for (var field : object.properties()) {
      if (isFull()) {
        return;
      }
      out.append(separator);
      jsonText(field.getKey());
      out.append(':');
      json(field.getValue());
      separator = ",";
    }
    out.append('}');
  }

  private void array(ArrayNode array) {
    out.append('[');
    String separator = "";
    for (JsonNode item : array) {
      if (isFull()) {
        return;
      }
      out.append(separator);
      json(item);
      separator = ",";
    }
    out.append(']');
  }

  private boolean isFull() {
    return out.length() > MAX_CHARS;
  }

  private void quoted(String text) {
    out.append(Quoted.text(Shortened.text(text, MAX_CHARS)));
  }

  private void jsonText(String text) {
    out.append(Json.text(TextNode.valueOf(Shortened.text(text, MAX_CHARS))));
  }
}
