package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.FieldError;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A structural schema: prunes, fills in defaults and validates the objects of a kind. Immutable.
public final class StructuralSchema {
  private StructuralSchema() {}

  /// @throws IllegalArgumentException when the schema cannot be understood
  public static StructuralSchema parse(JsonNode jsonSchemaProps) {
    return parse(
        jsonSchemaProps,
        ref -> {
          throw new IllegalArgumentException("no schema is known by the name " + ref);
        });
  }

  /// @param refs the schema that a `$ref` (handed over whole, `#/components/schemas/X`) names
  /// @throws IllegalArgumentException when the schema cannot be understood
  public static StructuralSchema parse(JsonNode schema, Function<String, JsonNode> refs) {
    return new StructuralSchema();
  }

  /// What keeps a schema from being structural, by the rules for CustomResourceDefinitions.
  ///
  /// @param path where the schema stands: `spec.versions[0].schema.openAPIV3Schema`
  public static List<FieldError> structuralErrors(JsonNode jsonSchemaProps, String path) {
    return List.of();
  }

  /// Removes the fields that the schema does not know.
  public void prune(ObjectNode object) {}

  /// The fields that {@link #prune} would remove: `unknown field "spec.foo"`.
  public List<String> unknownFields(ObjectNode object) {
    return List.of();
  }

  /// Fills in the defaults of absent fields.
  public void applyDefaults(ObjectNode object) {}

  /// @param old the value before the change; null on creation
  public List<FieldError> validate(JsonNode value, @Nullable JsonNode old) {
    return List.of();
  }
}
