package io.croft.model;

import java.util.List;

/// The rules that hold for the metadata of every object.
public final class ObjectMetaValidation {
  private ObjectMetaValidation() {}

  public static List<FieldError> validate(ApiObject object, boolean namespaced, NameRule rule) {
    return List.of();
  }

  /// The rules for an update: what must not change.
  public static List<FieldError> validateUpdate(ApiObject object, ApiObject old) {
    return List.of();
  }
}
