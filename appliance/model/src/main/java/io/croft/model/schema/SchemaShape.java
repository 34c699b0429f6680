package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Whether the keywords of a schema hold values of the right JSON types, everywhere. The other
/// rules may take that for granted. As everywhere in Kubernetes, null stands for absent.
final class SchemaShape {
  /// Most schemas within one another. Schemas are walked recursively; real ones stay below 30.
  static final int MAX_DEPTH = 64;

  /// What a keyword's value must be.
  private record Form(String text, Predicate<JsonNode> accepts) {
    static final Form TEXT = new Form("a string", JsonNode::isTextual);
    static final Form BOOLEAN = new Form("a boolean", JsonNode::isBoolean);
    static final Form NUMBER = new Form("a number", JsonNode::isNumber);
    static final Form INTEGER =
        new Form("an integer of 64 bits", v -> v.isIntegralNumber() && v.canConvertToLong());
    static final Form LIST = new Form("a list", JsonNode::isArray);
    static final Form TEXTS = listOf("a list of strings", JsonNode::isTextual);
    static final Form OBJECTS = listOf("a list of objects", JsonNode::isObject);
    static final Form OBJECT = new Form("an object", JsonNode::isObject);

    /// A list gets a message of its own from `SchemaKeywords`.
    static final Form ITEMS = new Form("an object", JsonNode::isContainerNode);

    static final Form OBJECT_OR_BOOLEAN =
        new Form("an object or a boolean", v -> v.isObject() || v.isBoolean());

    private static Form listOf(String text, Predicate<JsonNode> item) {
      return new Form(text, v -> v.isArray() && v.valueStream().allMatch(item));
    }
  }

  private static final Map<String, Form> KEYWORDS =
      Map.ofEntries(
          Map.entry("type", Form.TEXT),
          Map.entry("format", Form.TEXT),
          Map.entry("title", Form.TEXT),
          Map.entry("description", Form.TEXT),
          Map.entry("pattern", Form.TEXT),
          Map.entry("nullable", Form.BOOLEAN),
          Map.entry("minimum", Form.NUMBER),
          Map.entry("exclusiveMinimum", Form.BOOLEAN),
          Map.entry("maximum", Form.NUMBER),
          Map.entry("exclusiveMaximum", Form.BOOLEAN),
          Map.entry("multipleOf", Form.NUMBER),
          Map.entry("minLength", Form.INTEGER),
          Map.entry("maxLength", Form.INTEGER),
          Map.entry("minItems", Form.INTEGER),
          Map.entry("maxItems", Form.INTEGER),
          Map.entry("uniqueItems", Form.BOOLEAN),
          Map.entry("minProperties", Form.INTEGER),
          Map.entry("maxProperties", Form.INTEGER),
          Map.entry("required", Form.TEXTS),
          Map.entry("enum", Form.LIST),
          Map.entry("allOf", Form.OBJECTS),
          Map.entry("anyOf", Form.OBJECTS),
          Map.entry("oneOf", Form.OBJECTS),
          Map.entry("not", Form.OBJECT),
          Map.entry("items", Form.ITEMS),
          Map.entry("properties", Form.OBJECT),
          Map.entry("additionalProperties", Form.OBJECT_OR_BOOLEAN),
          Map.entry("x-kubernetes-preserve-unknown-fields", Form.BOOLEAN),
          Map.entry("x-kubernetes-embedded-resource", Form.BOOLEAN),
          Map.entry("x-kubernetes-int-or-string", Form.BOOLEAN),
          Map.entry("x-kubernetes-list-type", Form.TEXT),
          Map.entry("x-kubernetes-list-map-keys", Form.TEXTS),
          Map.entry("x-kubernetes-map-type", Form.TEXT),
          Map.entry("x-kubernetes-validations", Form.OBJECTS));

  private final FieldErrors errors = new FieldErrors();

  private SchemaShape() {}

  /// @param schema any JSON
  /// @return what is wrong in the schema and everything below it; at most 100 errors
  static List<FieldError> check(JsonNode schema, FieldPath path) {
    var shape = new SchemaShape();
    shape.schema(schema, path, 1);
    return shape.errors.list();
  }

  private void schema(JsonNode schema, FieldPath path, int depth) {
    if (!schema.isObject()) {
      errors.add(FieldError.typeInvalid(path.toString(), schema, "must be an object"));
    } else if (depth > MAX_DEPTH) {
      String detail = "schemas must not be nested deeper than " + MAX_DEPTH + " levels";
      errors.add(FieldError.forbidden(path.toString(), detail));
    } else {
      for (var keyword : schema.properties()) {
        keyword(keyword.getKey(), keyword.getValue(), path, depth);
      }
    }
  }

  private void keyword(String name, JsonNode value, FieldPath path, int depth) {
    Form form = KEYWORDS.get(name);
    if (form == null || value.isNull() || errors.isFull()) {
      return;
    }
    FieldPath at = path.field(name);
    if (!form.accepts.test(value)) {
      errors.add(FieldError.typeInvalid(at.toString(), value, "must be " + form.text));
      return;
    }
    switch (name) {
      case "allOf", "anyOf", "oneOf" -> {
        for (int i = 0; i < value.size(); i++) {
          schema(value.get(i), at.index(i), depth + 1);
        }
      }
      case "properties" ->
          value.properties().forEach(p -> schema(p.getValue(), at.key(p.getKey()), depth + 1));
      case "not", "items", "additionalProperties" -> {
        if (value.isObject()) {
          schema(value, at, depth + 1);
        }
      }
      default -> {}
    }
  }
}
