package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.GroupVersionKind;
import io.croft.model.NameRule;
import io.croft.model.Names;
import io.croft.model.ObjectMetaValidation;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The parts that every resource has, at the root and embedded: `apiVersion`, `kind`, `metadata`.
final class ResourceChecks {
  private ResourceChecks() {}

  /// The types of the root's three fields; the rules of its metadata are checked elsewhere, with
  /// what is known about the kind.
  static List<FieldError> root(JsonNode resource, @Nullable JsonNode old) {
    var validator = new Validator();
    JsonNode metadata = resource.get("metadata");
    if (metadata != null) {
      JsonNode before = old == null ? null : old.get("metadata");
      validator.check(ObjectMetaSchema.NODE, metadata, before, FieldPath.of("metadata"));
    }
    return validator.errors();
  }

  /// A resource within another.
  static void embedded(ObjectNode resource, FieldPath path, FieldErrors errors) {
    apiVersion(resource, path.field("apiVersion").toString(), errors);
    kind(resource, path.field("kind").toString(), errors);
    JsonNode metadata = resource.get("metadata");
    if (metadata == null) {
      return;
    }
    var validator = new Validator();
    validator.check(ObjectMetaSchema.NODE, metadata, null, path.field("metadata"));
    errors.addAll(validator.errors());
    if (validator.errors().isEmpty()) {
      metadata(resource, path, errors);
    }
  }

  /// @return the text; null when it is none, which has been reported
  private static @Nullable String text(@Nullable JsonNode value, String field, FieldErrors errors) {
    if (value == null) {
      errors.add(FieldError.required(field, ""));
    } else if (!value.isTextual()) {
      errors.add(FieldError.invalid(field, value, "must be a string"));
    } else if (value.textValue().isEmpty()) {
      errors.add(FieldError.invalid(field, value, "must not be empty"));
    } else {
      return value.textValue();
    }
    return null;
  }

  private static void kind(ObjectNode resource, String field, FieldErrors errors) {
    String kind = text(resource.get("kind"), field, errors);
    List<String> wrong =
        kind == null ? List.of() : Names.dns1035Label(kind.toLowerCase(Locale.ROOT));
    if (!wrong.isEmpty()) {
      String detail = "may have mixed case, but should otherwise match: ";
      errors.add(FieldError.invalid(field, kind, detail + String.join(",", wrong)));
    }
  }

  private static void apiVersion(ObjectNode resource, String field, FieldErrors errors) {
    String apiVersion = text(resource.get("apiVersion"), field, errors);
    try {
      GroupVersionKind.parse(apiVersion == null ? "" : apiVersion, "");
    } catch (IllegalArgumentException e) {
      errors.add(FieldError.invalid(field, apiVersion, String.valueOf(e.getMessage())));
    }
  }

  private static void metadata(ObjectNode resource, FieldPath path, FieldErrors errors) {
    ApiObject object = ApiObject.of(resource).copy();
    if (object.name().isEmpty()) {
      // A template needs no name.
      object.setName("name");
    }
    boolean namespaced = !object.namespace().isEmpty();
    for (FieldError error :
        ObjectMetaValidation.validate(object, namespaced, NameRule.PATH_SEGMENT)) {
      // `metadata.name` is what follows the path of the resource itself.
      String field = path.field(error.field()).toString();
      errors.add(new FieldError(error.type(), field, error.badValue(), error.detail()));
    }
  }
}
