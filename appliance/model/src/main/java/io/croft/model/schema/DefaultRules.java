package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import java.util.List;

/// Defaults must themselves be what the schema they stand in asks for. Only for schemas that are
/// otherwise good.
final class DefaultRules {
  private final FieldErrors errors = new FieldErrors();

  private DefaultRules() {}

  static List<FieldError> check(JsonNode schema, FieldPath path) {
    var reader = new SchemaReader(Dialect.CUSTOM_RESOURCE, StructuralSchema.NO_REFERENCES);
    var rules = new DefaultRules();
    rules.walk(reader.read(schema), path);
    return rules.errors.list();
  }

  private void walk(SchemaNode schema, FieldPath path) {
    JsonNode value = schema.defaultValue();
    if (value != null) {
      defaultValue(schema, value, path.field("default"));
    }
    schema
        .properties()
        .forEach((name, property) -> walk(property.get(), path.field("properties").key(name)));
    if (schema.items() != null) {
      walk(schema.items().get(), path.field("items"));
    }
    if (schema.additional() != null) {
      walk(schema.additional().get(), path.field("additionalProperties"));
    }
  }

  private void defaultValue(SchemaNode schema, JsonNode value, FieldPath path) {
    var validator = new Validator();
    validator.check(schema, value, null, path);
    errors.addAll(validator.errors());
    if (value instanceof ObjectNode object) {
      var pruner = new Pruner(false);
      pruner.value(object, schema, FieldPath.ROOT);
      if (!pruner.unknown().isEmpty()) {
        errors.add(FieldError.invalid(path.toString(), value, "must not have unknown fields"));
      }
    }
  }
}
