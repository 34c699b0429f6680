package io.croft.security.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A part of a configuration that must be an object with no other fields than those that are known.
/// What is wrong is noted, and read as if it were missing.
public final class ConfigNode {
  private final JsonNode json;
  private final String path;
  private final FieldErrors errors;

  /// @param path where it stands; empty for the whole
  /// @param known the fields that there are
  public ConfigNode(JsonNode json, String path, FieldErrors errors, Set<String> known) {
    this.path = path;
    this.errors = errors;
    boolean absent = json.isMissingNode() || json.isNull();
    this.json = json.isObject() ? json : Json.object();
    if (!absent && !json.isObject()) {
      mismatch(path, "object");
    }
    for (var field : this.json.properties()) {
      if (!known.contains(field.getKey())) {
        errors.add(FieldError.forbidden(at(field.getKey()), "unknown field"));
      }
    }
  }

  public String path() {
    return path;
  }

  /// The path of a field.
  public String at(String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  public boolean has(String field) {
    return json.hasNonNull(field);
  }

  /// Empty when it is missing.
  public String text(String field) {
    String text = textOrNull(field);
    return text == null ? "" : text;
  }

  public @Nullable String textOrNull(String field) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      mismatch(at(field), "string");
      return null;
    }
    return value.textValue();
  }

  public boolean flag(String field) {
    if (has(field) && !json.path(field).isBoolean()) {
      mismatch(at(field), "boolean");
    }
    return json.path(field).asBoolean(false);
  }

  /// A whole number.
  ///
  /// @param usual when it is missing
  public long number(String field, long usual) {
    if (!has(field)) {
      return usual;
    }
    if (!json.path(field).canConvertToLong() || !json.path(field).isIntegralNumber()) {
      mismatch(at(field), "integer");
      return usual;
    }
    return json.path(field).asLong();
  }

  public ConfigNode child(String field, Set<String> known) {
    return new ConfigNode(json.path(field), at(field), errors, known);
  }

  public List<ConfigNode> children(String field, Set<String> known) {
    var children = new ArrayList<ConfigNode>();
    for (JsonNode item : array(field)) {
      children.add(new ConfigNode(item, at(field) + "[" + children.size() + "]", errors, known));
    }
    return children;
  }

  public List<String> texts(String field) {
    var texts = new ArrayList<String>();
    for (JsonNode item : array(field)) {
      if (!item.isTextual()) {
        mismatch(at(field) + "[" + texts.size() + "]", "string");
      }
      texts.add(item.asText(""));
    }
    return texts;
  }

  private JsonNode array(String field) {
    JsonNode value = json.path(field);
    if (has(field) && !value.isArray()) {
      mismatch(at(field), "array");
      return Json.array();
    }
    return value;
  }

  private void mismatch(String where, String expected) {
    errors.add(FieldError.typeInvalid(where, FieldError.OMITTED, "must be of type " + expected));
  }
}
