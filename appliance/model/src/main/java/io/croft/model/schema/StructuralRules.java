package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// The rules that make a schema structural: every field is specified outside of `allOf`, `anyOf`,
/// `oneOf` and `not`, with its type, and only once. They are what lets objects be pruned, given
/// defaults and merged without looking at more than one schema.
final class StructuralRules {
  /// Where in the tree a schema stands, for the messages.
  enum Level {
    ROOT("at the root"),
    ITEM("for specified array items"),
    FIELD("for specified object fields");

    private final String text;

    Level(String text) {
      this.text = text;
    }
  }

  private static final Set<String> NAME_ONLY = Set.of("name", "generateName");
  private static final Set<String> METADATA_KEYS =
      Set.of("type", "properties", "description", "default");

  private final FieldErrors errors = new FieldErrors();

  private StructuralRules() {}

  /// @return what is wrong, sorted by message; only the malformed keywords, when there are any
  static List<FieldError> check(JsonNode schema, FieldPath path) {
    List<FieldError> malformed = SchemaShape.check(schema, path);
    if (!malformed.isEmpty()) {
      return malformed.stream().sorted(Comparator.comparing(FieldError::message)).toList();
    }
    var rules = new StructuralRules();
    rules.structure(schema, Level.ROOT, path);
    rules.errors.addAll(SchemaKeywords.check(schema, path));
    rules.errors.addAll(NestedRules.completeness(schema, path));
    if (rules.errors.isEmpty()) {
      rules.errors.addAll(DefaultRules.check(schema, path));
    }
    return rules.errors.list().stream()
        .distinct()
        .sorted(Comparator.comparing(FieldError::message))
        .toList();
  }

  private void structure(JsonNode schema, Level level, FieldPath path) {
    children(schema, level, path);
    extensions(schema, path);
    errors.addAll(NestedRules.check(schema, level, path));
    type(schema, level, path);
    JsonNode properties = schema.path("properties");
    boolean resource = level == Level.ROOT || isSet(schema, "x-kubernetes-embedded-resource");
    if (resource) {
      for (String name : List.of("kind", "apiVersion")) {
        typeIs("string", properties.path(name), path.field("properties").key(name));
      }
      typeIs("object", properties.path("metadata"), path.field("properties").key("metadata"));
    }
    if (level == Level.ROOT) {
      rootMetadata(properties.path("metadata"), path.field("properties").key("metadata"));
    }
  }

  private void children(JsonNode schema, Level level, FieldPath path) {
    if (schema.path("type").asText().equals("array") && !schema.has("items")) {
      errors.add(FieldError.required(path.field("items").toString(), "must be specified"));
    }
    if (schema.path("items").isObject()) {
      structure(schema.path("items"), Level.ITEM, path.field("items"));
    }
    for (var property : schema.path("properties").properties()) {
      structure(property.getValue(), Level.FIELD, path.field("properties").key(property.getKey()));
    }
    FieldPath additional = path.field("additionalProperties");
    if (schema.has("additionalProperties") && level == Level.ROOT) {
      forbidden(additional, "must not be used at the root");
    }
    if (schema.path("additionalProperties").isObject()) {
      structure(schema.path("additionalProperties"), Level.FIELD, additional);
    }
  }

  private void extensions(JsonNode schema, FieldPath path) {
    boolean preserves = isSet(schema, "x-kubernetes-preserve-unknown-fields");
    if (isSet(schema, "x-kubernetes-int-or-string")) {
      for (String other :
          List.of("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")) {
        if (isSet(schema, other)) {
          errors.add(
              FieldError.invalid(
                  path.field(other).toString(),
                  true,
                  "must be false if x-kubernetes-int-or-string is true"));
        }
      }
    }
    if (isSet(schema, "x-kubernetes-embedded-resource")) {
      if (schema.has("additionalProperties")) {
        forbidden(
            path.field("additionalProperties"),
            "must not be used if x-kubernetes-embedded-resource is set");
      }
      if (!preserves && schema.path("properties").isEmpty()) {
        required(
            path.field("properties"),
            "must not be empty if x-kubernetes-embedded-resource is true without"
                + " x-kubernetes-preserve-unknown-fields");
      }
    }
  }

  private void type(JsonNode schema, Level level, FieldPath path) {
    String type = schema.path("type").asText("");
    FieldPath at = path.field("type");
    boolean free =
        isSet(schema, "x-kubernetes-int-or-string")
            || isSet(schema, "x-kubernetes-preserve-unknown-fields");
    if (isSet(schema, "x-kubernetes-embedded-resource") && !type.equals("object")) {
      String detail = "must be object if x-kubernetes-embedded-resource is true";
      if (type.isEmpty()) {
        required(at, detail);
      } else {
        errors.add(FieldError.invalid(at.toString(), type, detail));
      }
    } else if (type.isEmpty() && !free) {
      required(at, "must not be empty " + level.text);
    } else if (level == Level.ROOT && !type.isEmpty() && !type.equals("object")) {
      errors.add(FieldError.invalid(at.toString(), type, "must be object at the root"));
    }
  }

  private void typeIs(String type, JsonNode schema, FieldPath path) {
    if (!schema.isMissingNode() && !schema.path("type").asText("").equals(type)) {
      errors.add(
          FieldError.invalid(
              path.field("type").toString(), schema.path("type").asText(""), "must be " + type));
    }
  }

  /// The root's metadata has its own schema, of which only the names can be narrowed.
  private void rootMetadata(JsonNode metadata, FieldPath path) {
    boolean namesOnly =
        metadata.properties().stream().allMatch(member -> METADATA_KEYS.contains(member.getKey()))
            && metadata.path("properties").properties().stream()
                .allMatch(property -> NAME_ONLY.contains(property.getKey()));
    if (!namesOnly) {
      forbidden(
          path,
          "must not specify anything other than name and generateName, but metadata is implicitly"
              + " specified");
    }
  }

  private void required(FieldPath path, String detail) {
    errors.add(FieldError.required(path.toString(), detail));
  }

  private void forbidden(FieldPath path, String detail) {
    errors.add(FieldError.forbidden(path.toString(), detail));
  }

  static boolean isSet(JsonNode schema, String keyword) {
    return schema.path(keyword).asBoolean(false);
  }
}
