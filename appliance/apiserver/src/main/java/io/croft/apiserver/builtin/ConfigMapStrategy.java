package io.croft.apiserver.builtin;

import io.croft.apiserver.resource.Strategy;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import java.util.ArrayList;
import java.util.List;

/// ConfigMaps: text and binary data under one set of keys.
final class ConfigMapStrategy implements Strategy {
  @Override
  public List<FieldError> validate(ApiObject object) {
    var errors = new ArrayList<FieldError>();
    errors.addAll(DataRules.keys(object, "data"));
    errors.addAll(DataRules.keys(object, "binaryData"));
    errors.addAll(DataRules.base64(object, "binaryData"));
    var data = object.json().path("data");
    var binary = object.json().path("binaryData");
    binary
        .fieldNames()
        .forEachRemaining(key -> {
          if (data.has(key)) {
            errors.add(
                FieldError.invalid(
                    "data[" + key + "]", key, "duplicate of key present in binaryData"));
          }
        });
    if (DataRules.plainBytes(data) + DataRules.plainBytes(binary) * 3 / 4 > DataRules.MAX_BYTES) {
      errors.add(FieldError.tooLong("", DataRules.MAX_BYTES));
    }
    return errors;
  }

  @Override
  public List<FieldError> validateUpdate(ApiObject object, ApiObject old) {
    var errors = new ArrayList<>(validate(object));
    errors.addAll(DataRules.frozen(object, old, "data", "binaryData"));
    return errors;
  }
}
