package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.Json;
import io.croft.model.Shortened;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds the fields that a schema does not know: removes them, or else tells the first hundred.
final class Pruner {
  private static final Set<String> RESOURCE_FIELDS = Set.of("apiVersion", "kind", "metadata");

  /// Most unknown fields that are told.
  static final int MAX_UNKNOWN = 100;

  /// Longest path of an unknown field that is told in full.
  private static final int MAX_PATH_CHARS = 1024;

  private final boolean removing;
  private final List<String> unknown = new ArrayList<>();

  Pruner(boolean removing) {
    this.removing = removing;
  }

  /// The paths of the unknown fields, sorted; none when they were removed.
  List<String> unknown() {
    return unknown.stream().sorted().toList();
  }

  /// An object that has `apiVersion`, `kind` and `metadata` whatever its schema says.
  void resource(ObjectNode resource, SchemaNode schema, FieldPath path) {
    if (resource.get("metadata") instanceof ObjectNode metadata) {
      object(metadata, ObjectMetaSchema.NODE, path.field("metadata"), Set.of());
    }
    object(resource, schema, path, RESOURCE_FIELDS);
  }

  /// @param schema null when nothing is known below here, so that every field is unknown
  void value(JsonNode value, @Nullable SchemaNode schema, FieldPath path) {
    switch (value) {
      case ObjectNode object when schema != null && schema.extensions().embeddedResource() ->
          resource(object, schema, path);
      case ObjectNode object -> object(object, schema, path, Set.of());
      case ArrayNode array -> array(array, schema, path);
      default -> {}
    }
  }

  private void array(ArrayNode array, @Nullable SchemaNode schema, FieldPath path) {
    SchemaNode item = schema == null ? null : schema.item();
    if (item == null && schema != null && schema.isOpen()) {
      return;
    }
    for (int i = 0; i < array.size(); i++) {
      if (removing && item != null && isAbsent(array.get(i), item)) {
        array.set(i, zero(item)); // it has a place in the list all the same
      } else {
        value(array.get(i), item, path.index(i));
      }
    }
  }

  /// What a Go value is that nobody has set.
  private static JsonNode zero(SchemaNode schema) {
    String type = schema.types().size() == 1 ? schema.types().iterator().next() : "";
    return switch (type) {
      case "object" -> Json.object();
      case "array" -> Json.array();
      case "string" -> TextNode.valueOf("");
      case "boolean" -> BooleanNode.FALSE;
      case "integer", "number" -> Json.number(0);
      default -> NullNode.getInstance();
    };
  }

  private void object(
      ObjectNode object, @Nullable SchemaNode schema, FieldPath path, Set<String> kept) {
    for (var fields = object.properties().iterator(); fields.hasNext(); ) {
      var field = fields.next();
      String name = field.getKey();
      if (kept.contains(name)) {
        continue;
      }
      if (isUnknown(name, schema)) {
        if (removing) {
          fields.remove();
        } else if (unknown.size() == MAX_UNKNOWN) {
          return;
        } else {
          unknown.add(Shortened.text(path.field(name).toString(), MAX_PATH_CHARS));
        }
        continue;
      }
      SchemaNode known = schema == null ? null : schema.property(name);
      if (removing && isAbsent(field.getValue(), known)) {
        fields.remove();
      } else if (known != null || schema == null || !schema.isOpen()) {
        value(field.getValue(), known, path.field(name));
      } // else it is kept without being known, and so is everything below it
    }
  }

  private static boolean isUnknown(String name, @Nullable SchemaNode schema) {
    return schema == null
        || (!schema.isOpen()
            && !schema.properties().containsKey(name)
            && schema.additional() == null
            && schema.additionalAllowed() == null);
  }

  /// To the Go types behind the built-in kinds, null is the same as nothing.
  private static boolean isAbsent(JsonNode value, @Nullable SchemaNode known) {
    return value.isNull()
        && known != null
        && known.dialect() == Dialect.OPEN_API
        && !known.isOpen();
  }
}
