package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Json;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A structural schema: prunes, fills in defaults and validates the objects of a kind, and says how
/// their lists and maps merge. Immutable and thread-safe.
///
/// Whatever a schema says, the root's `apiVersion`, `kind` and `metadata` are known, and metadata
/// follows the one schema of all object metadata.
public final class StructuralSchema {
  /// For schemas that must not refer to others.
  static final Function<String, JsonNode> NO_REFERENCES =
      reference -> {
        throw new IllegalArgumentException("no schema is known by the name " + reference);
      };

  private final Supplier<SchemaNode> node;

  StructuralSchema(LazySchema node) {
    this.node = node::get;
  }

  private StructuralSchema(SchemaNode node) {
    this.node = () -> node;
  }

  /// Reads the schema of a CustomResourceDefinition (`openAPIV3Schema`).
  ///
  /// @throws IllegalArgumentException when it holds a `$ref` or a malformed pattern
  public static StructuralSchema parse(JsonNode jsonSchemaProps) {
    var reader = new SchemaReader(Dialect.CUSTOM_RESOURCE, NO_REFERENCES);
    SchemaNode node = reader.read(jsonSchemaProps);
    readAll(node);
    return new StructuralSchema(node);
  }

  /// Reads the schema of a built-in kind from an OpenAPI v3 document. Schemas that are referred to
  /// are read when they are first needed and may refer back. Being made from Go types, such a
  /// schema takes null for absent, an object without properties for one that may hold anything, and
  /// defaults that are Go's zero values for none; its list types only say how to merge.
  ///
  /// @param refs the schema that a `$ref` (handed over whole, `#/components/schemas/X`) names
  /// @throws IllegalArgumentException when the schema cannot be understood; from later calls, too
  public static StructuralSchema parse(JsonNode schema, Function<String, JsonNode> refs) {
    return new StructuralSchema(new SchemaReader(Dialect.OPEN_API, refs).read(schema));
  }

  /// Has mistakes show at once rather than when an object comes that leads to them.
  private static void readAll(SchemaNode node) {
    node.properties().values().forEach(p -> readAll(p.get()));
    if (node.additional() != null) {
      readAll(node.additional().get());
    }
    if (node.items() != null) {
      readAll(node.items().get());
    }
    var junctors = node.junctors();
    junctors.allOf().forEach(s -> readAll(s.get()));
    junctors.anyOf().forEach(s -> readAll(s.get()));
    junctors.oneOf().forEach(s -> readAll(s.get()));
    if (junctors.not() != null) {
      readAll(junctors.not().get());
    }
  }

  /// What keeps a schema from being structural, by the rules for CustomResourceDefinitions
  /// (`apiextensions.k8s.io/v1`); sorted by message, at most 100. Any JSON may be handed in;
  /// `parse` accepts every schema without such errors.
  ///
  /// @param path where the schema stands: `spec.versions[0].schema.openAPIV3Schema`
  public static List<FieldError> structuralErrors(JsonNode jsonSchemaProps, String path) {
    return StructuralRules.check(jsonSchemaProps, FieldPath.of(path));
  }

  /// Removes the fields that the schema does not know.
  public void prune(ObjectNode object) {
    new Pruner(true).resource(object, node.get(), FieldPath.ROOT);
  }

  /// The fields that {@link #prune} would remove: `unknown field "spec.foo"`; sorted, at most 100.
  public List<String> unknownFields(ObjectNode object) {
    var pruner = new Pruner(false);
    pruner.resource(object, node.get(), FieldPath.ROOT);
    return pruner.unknown().stream().map(field -> "unknown field \"" + field + "\"").toList();
  }

  /// Fills in the defaults of absent fields. A null where the schema allows none counts as absent
  /// and is removed.
  public void applyDefaults(ObjectNode object) {
    Defaulter.apply(object, node.get());
  }

  /// Checks types and constraints, for an object that has been pruned and given its defaults. The
  /// rules of metadata that schemas cannot express are those of {@link
  /// io.croft.model.ObjectMetaValidation}; rules in CEL are not looked at.
  ///
  /// @param old the value before the change, whose unchanged parts are not checked again; null on
  ///   creation
  /// @return at most 100 errors, in the order of the object's fields
  public List<FieldError> validate(JsonNode value, @Nullable JsonNode old) {
    var errors = new FieldErrors();
    errors.addAll(ResourceChecks.root(value, old));
    var validator = new Validator();
    validator.check(node.get(), body(value), old == null ? null : body(old), FieldPath.ROOT);
    errors.addAll(validator.errors());
    return errors.list();
  }

  /// Without the metadata, which has been checked by its own schema. The schema of a custom
  /// resource may narrow its names, though.
  private JsonNode body(JsonNode value) {
    if (node.get().dialect() == Dialect.CUSTOM_RESOURCE || !(value instanceof ObjectNode object)) {
      return value;
    }
    ObjectNode body = Json.object();
    body.setAll(object);
    if (body.has("metadata")) {
      body.putObject("metadata"); // some kinds require that there is one
    }
    return body;
  }

  /// The schema of a field; empty when nothing is known about it.
  public Optional<StructuralSchema> field(String name) {
    return Optional.ofNullable(node.get().property(name)).map(StructuralSchema::new);
  }

  /// The schema of a list's items; empty when nothing is known about them.
  public Optional<StructuralSchema> items() {
    return Optional.ofNullable(node.get().item()).map(StructuralSchema::new);
  }

  /// The text of what an absent value counts as in Go: `false`, `0`, or nothing. Custom resources
  /// know no such values.
  public String zero() {
    SchemaNode schema = node.get();
    if (schema.dialect() == Dialect.CUSTOM_RESOURCE || schema.types().size() != 1) {
      return "";
    }
    return switch (schema.types().iterator().next()) {
      case "boolean" -> "false";
      case "integer", "number" -> "0";
      default -> "";
    };
  }

  /// How objects of this schema merge.
  public Topology topology() {
    return Topology.ofResource(node.get());
  }

  /// `atomic`, `set` or `map`; empty when the schema does not say, which means atomic.
  public String listType() {
    return node.get().extensions().listType();
  }

  /// The fields that tell the items of a list of type `map` apart.
  public List<String> listMapKeys() {
    return node.get().extensions().listMapKeys();
  }

  /// Whether an object is set as a whole rather than field by field.
  public boolean isAtomicMap() {
    return node.get().extensions().mapType().equals("atomic");
  }

  /// How a strategic merge patch treats the field, for example `merge` or `merge,retainKeys`; empty
  /// when the schema does not say.
  public String patchStrategy() {
    return node.get().extensions().patchStrategy();
  }

  /// The field by which a strategic merge patch tells a list's items apart; empty when the schema
  /// does not say.
  public String patchMergeKey() {
    return node.get().extensions().patchMergeKey();
  }
}
