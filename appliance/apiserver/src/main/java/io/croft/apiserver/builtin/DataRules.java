package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/// What ConfigMaps and Secrets have in common: named pieces of data, bounded in size, which may be
/// frozen.
final class DataRules {
  /// The most bytes of data in one object.
  static final int MAX_BYTES = 1024 * 1024;

  /// The most errors of one kind that are told.
  private static final int MAX_ERRORS = 50;

  private static final String KEY_SHAPE =
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g."
          + " 'key.name', or 'KEY_NAME', or 'key-name', regex used for validation is"
          + " '[-._a-zA-Z0-9]+')";
  private static final int KEY_MAX = 253;
  private static final Pattern KEY = Pattern.compile("[-._a-zA-Z0-9]+");

  private DataRules() {}

  /// Keys that are none, by field path.
  static List<FieldError> keys(ApiObject object, String field) {
    var errors = new ArrayList<FieldError>();
    for (var entry : object.json().path(field).properties()) {
      if (errors.size() >= MAX_ERRORS) {
        break;
      }
      String key = entry.getKey();
      String path = field + "[" + (key.length() > KEY_MAX ? key.substring(0, KEY_MAX) : key) + "]";
      if (key.length() > KEY_MAX) {
        String problem = "must be no more than " + KEY_MAX + " characters";
        errors.add(FieldError.invalid(path, FieldError.OMITTED, problem));
      } else if (!KEY.matcher(key).matches() || key.equals(".") || key.startsWith("..")) {
        errors.add(FieldError.invalid(path, key, KEY_SHAPE));
      }
    }
    return errors;
  }

  /// The size of plain values.
  static long plainBytes(JsonNode values) {
    long bytes = 0;
    for (JsonNode value : values) {
      bytes += value.asText().length();
    }
    return bytes;
  }

  /// Values that are not base64, by field path.
  static List<FieldError> base64(ApiObject object, String field) {
    var errors = new ArrayList<FieldError>();
    for (var entry : object.json().path(field).properties()) {
      if (errors.size() >= MAX_ERRORS) {
        break;
      }
      try {
        Base64.getDecoder().decode(entry.getValue().asText());
      } catch (IllegalArgumentException e) {
        // The value may be a secret typed in plain by mistake, so it is not told.
        errors.add(
            FieldError.invalid(field + "[" + entry.getKey() + "]", "<omitted>", "must be base64"));
      }
    }
    return errors;
  }

  /// What an update changes although the object is frozen.
  static List<FieldError> frozen(ApiObject object, ApiObject old, String... fields) {
    if (!old.json().path("immutable").asBoolean(false)) {
      return List.of();
    }
    var errors = new ArrayList<FieldError>();
    if (!object.json().path("immutable").asBoolean(false)) {
      errors.add(FieldError.forbidden("immutable", "field is immutable when `immutable` is set"));
    }
    for (String field : fields) {
      if (!object.json().path(field).equals(old.json().path(field))) {
        errors.add(FieldError.forbidden(field, "field is immutable when `immutable` is set"));
      }
    }
    return errors;
  }
}
