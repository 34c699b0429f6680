package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which keywords of JSON Schema a CustomResourceDefinition may use, and which go together.
final class SchemaKeywords {
  private static final Set<String> TYPES =
      Set.of("array", "boolean", "integer", "number", "object", "string");
  private static final List<String> UNSUPPORTED =
      List.of("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref");
  private static final Set<String> RESOURCE_FIELDS = Set.of("apiVersion", "kind", "metadata");

  private final FieldErrors errors = new FieldErrors();

  private SchemaKeywords() {}

  /// @return what is wrong in the schema and everything below it; at most 100 errors
  static List<FieldError> check(JsonNode schema, FieldPath path) {
    var keywords = new SchemaKeywords();
    keywords.walk(schema, path, true, null);
    return keywords.errors.list();
  }

  /// @param noDefaults why defaults are not allowed here; null when they are
  private void walk(JsonNode schema, FieldPath path, boolean root, @Nullable String noDefaults) {
    simple(schema, path, noDefaults);
    types(schema, path);
    listType(schema, path);
    if (schema.path("additionalProperties").isObject()) {
      walk(
          schema.path("additionalProperties"),
          path.field("additionalProperties"),
          false,
          noDefaults);
    }
    for (var property : schema.path("properties").properties()) {
      boolean topLevel = root && RESOURCE_FIELDS.contains(property.getKey());
      String reason = topLevel ? "in top-level " + property.getKey() : noDefaults;
      walk(property.getValue(), path.field("properties").key(property.getKey()), false, reason);
    }
    for (String keyword : List.of("items", "not")) {
      if (schema.path(keyword).isObject()) {
        walk(schema.path(keyword), path.field(keyword), false, noDefaults);
      }
    }
    for (String junctor : List.of("allOf", "anyOf", "oneOf")) {
      for (int i = 0; i < schema.path(junctor).size(); i++) {
        walk(schema.path(junctor).get(i), path.field(junctor).index(i), false, noDefaults);
      }
    }
  }

  private void simple(JsonNode schema, FieldPath path, @Nullable String noDefaults) {
    for (String keyword : UNSUPPORTED) {
      if (schema.has(keyword)) {
        forbidden(path.field(keyword), keyword + " is not supported");
      }
    }
    if (schema.path("items").isArray()) {
      forbidden(path.field("items"), "items must be a schema object and not an array");
    }
    if (StructuralRules.isSet(schema, "uniqueItems")) {
      forbidden(
          path.field("uniqueItems"),
          "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
    }
    JsonNode additional = schema.path("additionalProperties");
    boolean narrows = additional.isObject() || (additional.isBoolean() && !additional.asBoolean());
    if (narrows && !schema.path("properties").isEmpty()) {
      forbidden(
          path.field("additionalProperties"),
          "additionalProperties and properties are mutual exclusive");
    }
    if (schema.has("default") && noDefaults != null) {
      forbidden(path.field("default"), "must not be set " + noDefaults);
    }
    String preserve = "x-kubernetes-preserve-unknown-fields";
    if (schema.has(preserve) && !StructuralRules.isSet(schema, preserve)) {
      invalid(path.field(preserve), false, "must be true or undefined");
    }
  }

  private void types(JsonNode schema, FieldPath path) {
    String type = schema.path("type").asText("");
    if (type.equals("null")) {
      forbidden(path.field("type"), "type cannot be set to null, use nullable as an alternative");
    } else if (!type.isEmpty() && !TYPES.contains(type)) {
      unsupported(path.field("type"), type, TYPES.stream().sorted().toList());
    }
    for (var pair : Map.of("map", "object", "list", "array").entrySet()) {
      String keyword = "x-kubernetes-" + pair.getKey() + "-type";
      if (schema.has(keyword) && !type.equals(pair.getValue())) {
        String detail = "must be " + pair.getValue() + " if " + keyword + " is specified";
        if (type.isEmpty()) {
          required(path.field("type"), detail);
        } else {
          invalid(path.field("type"), type, detail);
        }
      }
    }
    oneOf(schema, path, "x-kubernetes-map-type", List.of("atomic", "granular"));
    oneOf(schema, path, "x-kubernetes-list-type", List.of("atomic", "set", "map"));
  }

  private void oneOf(JsonNode schema, FieldPath path, String keyword, List<String> allowed) {
    if (schema.has(keyword) && !allowed.contains(schema.path(keyword).asText())) {
      unsupported(path.field(keyword), schema.path(keyword).asText(), allowed);
    }
  }

  private void listType(JsonNode schema, FieldPath path) {
    String listType = schema.path("x-kubernetes-list-type").asText("");
    FieldPath keysAt = path.field("x-kubernetes-list-map-keys");
    boolean hasKeys = !schema.path("x-kubernetes-list-map-keys").isEmpty();
    if (hasKeys && !listType.equals("map")) {
      String detail = "must be map if x-kubernetes-list-map-keys is non-empty";
      if (listType.isEmpty()) {
        required(path.field("x-kubernetes-list-type"), detail);
      } else {
        invalid(path.field("x-kubernetes-list-type"), listType, detail);
      }
    }
    JsonNode items = schema.path("items");
    boolean associative = listType.equals("set") || listType.equals("map");
    if (associative && StructuralRules.isSet(items, "nullable")) {
      forbidden(
          path.field("items").field("nullable"),
          "cannot be nullable when x-kubernetes-list-type is " + listType);
    }
    if (listType.equals("set")) {
      setItems(items, path.field("items"));
    } else if (listType.equals("map")) {
      if (!hasKeys) {
        required(keysAt, "must not be empty if x-kubernetes-list-type is map");
      }
      mapItems(schema, items, path);
    }
  }

  /// Items of a set are compared as a whole, so that no part of them can be owned alone.
  private void setItems(JsonNode items, FieldPath path) {
    String detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
    String listType = items.path("x-kubernetes-list-type").asText("");
    if (items.path("type").asText().equals("array") && !Set.of("", "atomic").contains(listType)) {
      invalid(path.field("x-kubernetes-list-type"), listType, detail);
    }
    String mapType = items.path("x-kubernetes-map-type").asText("");
    if (items.path("type").asText().equals("object") && !mapType.equals("atomic")) {
      invalid(path.field("x-kubernetes-map-type"), mapType, detail);
    }
  }

  private void mapItems(JsonNode schema, JsonNode items, FieldPath path) {
    if (items.isMissingNode()) {
      required(path.field("items"), "must have a schema if x-kubernetes-list-type is map");
      return;
    }
    if (!items.path("type").asText().equals("object")) {
      invalid(
          path.field("items").field("type"),
          items.path("type").asText(""),
          "must be object if parent array's x-kubernetes-list-type is map");
      return;
    }
    JsonNode keys = schema.path("x-kubernetes-list-map-keys");
    FieldPath keysAt = path.field("x-kubernetes-list-map-keys");
    var required = new HashSet<String>();
    items.path("required").forEach(name -> required.add(name.asText()));
    var seen = new HashSet<String>();
    for (JsonNode key : keys) {
      if (!seen.add(key.asText())) {
        invalid(keysAt, keys, "must not contain duplicate entries");
      }
      JsonNode property = items.path("properties").path(key.asText());
      if (property.isMissingNode()) {
        invalid(keysAt, keys, "entries must all be names of item properties");
      } else {
        mapKey(property, key.asText(), required.contains(key.asText()), path);
      }
    }
  }

  private void mapKey(JsonNode property, String key, boolean required, FieldPath path) {
    FieldPath at = path.field("items").field("properties").key(key);
    String type = property.path("type").asText();
    if (type.equals("array") || type.equals("object")) {
      invalid(
          at.field("type"),
          type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map");
    }
    String because = "this property is in x-kubernetes-list-map-keys, so it ";
    if (!required && !property.has("default")) {
      required(at.field("default"), because + "must have a default or be a required property");
    }
    if (StructuralRules.isSet(property, "nullable")) {
      forbidden(at.field("nullable"), because + "cannot be nullable");
    }
  }

  private void required(FieldPath path, String detail) {
    errors.add(FieldError.required(path.toString(), detail));
  }

  private void forbidden(FieldPath path, String detail) {
    errors.add(FieldError.forbidden(path.toString(), detail));
  }

  private void invalid(FieldPath path, Object value, String detail) {
    errors.add(FieldError.invalid(path.toString(), value, detail));
  }

  private void unsupported(FieldPath path, String value, List<String> allowed) {
    errors.add(FieldError.notSupported(path.toString(), value, allowed));
  }
}
