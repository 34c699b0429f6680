package io.croft.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Makes objects from the schema of a definition: the smallest that it allows, one with everything
/// in it, and as many as there are ways to break it in one place. Knows what the words of a schema
/// mean, and nothing of the code under test.
final class SchemaSamples {
  private static final List<String> TEXTS =
      List.of(
          "x",
          "1",
          "1h",
          "5%",
          "None",
          "x.example/y",
          "example.com/y",
          "pods:ns:x",
          "work-agent-x",
          "aa",
          "");

  private final ObjectNode schema;

  /// @param schema the `openAPIV3Schema` of a version
  SchemaSamples(ObjectNode schema) {
    this.schema = schema;
  }

  /// An object that is wrong in one place.
  ///
  /// @param field what the server must name
  /// @param how what is wrong there
  record Broken(String field, String how, ObjectNode object) {
    @Override
    public String toString() {
      return field + ": " + how;
    }
  }

  /// An object with something in it that the server must change.
  ///
  /// @param pointer where
  /// @param expected what is there afterwards; a missing node for nothing
  record Changed(String pointer, JsonNode expected, ObjectNode object) {}

  /// What the schema asks for and nothing else.
  ObjectNode minimal() {
    return root(minimal(schema));
  }

  /// Every field, with one item in every list and map.
  ObjectNode full() {
    return root(full(schema));
  }

  private static ObjectNode root(JsonNode object) {
    ((ObjectNode) object).remove(List.of("apiVersion", "kind", "metadata"));
    return (ObjectNode) object;
  }

  private static JsonNode minimal(JsonNode schema) {
    return sample(schema, false);
  }

  private static JsonNode full(JsonNode schema) {
    return sample(schema, true);
  }

  private static JsonNode sample(JsonNode schema, boolean full) {
    if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
      return IntNode.valueOf(1);
    }
    return switch (schema.path("type").asText("")) {
      case "object" -> object(schema, full);
      case "array" -> array(schema, full);
      case "string" -> TextNode.valueOf(text(schema));
      case "integer", "number" -> IntNode.valueOf(Math.max(schema.path("minimum").asInt(1), 0));
      case "boolean" -> BooleanNode.TRUE;
      default -> Json.object();
    };
  }

  private static ObjectNode object(JsonNode schema, boolean full) {
    ObjectNode object = Json.object();
    if (schema.path("x-kubernetes-embedded-resource").asBoolean(false)) {
      object.put("apiVersion", "v1").put("kind", "ConfigMap");
      object.putObject("metadata").put("name", "x");
      return object;
    }
    // Fields that a rule of their object speaks of may exclude each other: the first will do.
    int optional = schema.has("x-kubernetes-validations") ? 1 : full ? Integer.MAX_VALUE : 0;
    for (var property : schema.path("properties").properties()) {
      boolean needed = required(schema, property.getKey()) && !property.getValue().has("default");
      if (needed || optional-- > 0) {
        object.set(property.getKey(), sample(property.getValue(), full));
      }
    }
    if (full && schema.path("additionalProperties").isObject()) {
      object.set("key", sample(schema.path("additionalProperties"), true));
    }
    return object;
  }

  private static boolean required(JsonNode schema, String name) {
    for (JsonNode field : schema.path("required")) {
      if (field.asText().equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static ArrayNode array(JsonNode schema, boolean full) {
    ArrayNode items = Json.array();
    int count = Math.max(schema.path("minItems").asInt(0), full ? 1 : 0);
    for (int i = 0; i < count; i++) {
      items.add(sample(schema.path("items"), full));
    }
    return items;
  }

  private static String text(JsonNode schema) {
    if (schema.path("enum").isArray()) {
      return schema.path("enum").get(0).asText();
    }
    switch (schema.path("format").asText("")) {
      case "date-time" -> {
        return "2026-01-01T00:00:00Z";
      }
      case "byte" -> {
        return "eA==";
      }
      default -> {}
    }
    Pattern pattern = Pattern.compile(schema.path("pattern").asText(""));
    int shortest = schema.path("minLength").asInt(0);
    for (String text : TEXTS) {
      String candidate = text + "x".repeat(Math.max(0, shortest - text.length()));
      if (pattern.matcher(candidate).find()) {
        return candidate;
      }
    }
    throw new AssertionError("no text is known that matches " + pattern);
  }

  /// Every way to break the schema in one place.
  List<Broken> broken() {
    var found = new ArrayList<Broken>();
    visit(
        schema,
        "",
        leaf -> root(leaf.deepCopy()),
        (node, field, whole) -> breaks(node, field, whole, found));
    return found;
  }

  /// A field that no schema knows, in every object that takes no such fields.
  List<Changed> unknown() {
    var found = new ArrayList<Changed>();
    visit(
        schema,
        "",
        leaf -> root(leaf.deepCopy()),
        (node, field, whole) -> {
          boolean closed =
              node.path("type").asText().equals("object")
                  && !node.path("additionalProperties").isObject()
                  && !node.path("additionalProperties").asBoolean(false)
                  && !node.path("x-kubernetes-preserve-unknown-fields").asBoolean(false)
                  && !node.path("x-kubernetes-embedded-resource").asBoolean(false);
          if (closed) {
            ObjectNode leaf = ((ObjectNode) minimal(node)).put("noSuchField", "x");
            found.add(
                new Changed(
                    pointer(field) + "/noSuchField",
                    Json.object().path("none"),
                    whole.apply(leaf)));
          }
        });
    return found;
  }

  /// Every object in which a default stands in for a field that is left out.
  List<Changed> defaults() {
    var found = new ArrayList<Changed>();
    visit(
        schema,
        "",
        leaf -> root(leaf.deepCopy()),
        (node, field, whole) -> {
          for (var property : node.path("properties").properties()) {
            JsonNode value = property.getValue().path("default");
            // A default may itself be completed.
            if (value.isValueNode()) {
              found.add(
                  new Changed(
                      pointer(field) + "/" + property.getKey(), value, whole.apply(minimal(node))));
            }
          }
        });
    return found;
  }

  private static String pointer(String field) {
    String pointer = field.replace('.', '/').replace("[0]", "/0");
    return pointer.isEmpty() ? "" : "/" + pointer;
  }

  private interface Visitor {
    /// @param whole puts a value in the node's place into an object that is otherwise minimal
    void node(JsonNode schema, String field, Function<JsonNode, ObjectNode> whole);
  }

  private static void visit(
      JsonNode schema, String field, Function<JsonNode, ObjectNode> whole, Visitor visitor) {
    visitor.node(schema, field, whole);
    for (var property : schema.path("properties").properties()) {
      String name = property.getKey();
      if (field.isEmpty() && List.of("apiVersion", "kind", "metadata").contains(name)) {
        continue;
      }
      visit(
          property.getValue(),
          field.isEmpty() ? name : field + "." + name,
          leaf -> whole.apply(((ObjectNode) minimal(schema)).set(name, leaf)),
          visitor);
    }
    if (schema.path("items").isObject()) {
      int more = schema.path("minItems").asInt(0) - 1;
      visit(
          schema.path("items"),
          field + "[0]",
          leaf -> {
            ArrayNode items = Json.array().add(leaf);
            for (int i = 0; i < more; i++) {
              items.add(minimal(schema.path("items")));
            }
            return whole.apply(items);
          },
          visitor);
    }
    if (schema.path("additionalProperties").isObject()) {
      visit(
          schema.path("additionalProperties"),
          field + ".key",
          leaf -> whole.apply(Json.object().set("key", leaf)),
          visitor);
    }
  }

  private static void breaks(
      JsonNode node, String field, Function<JsonNode, ObjectNode> whole, List<Broken> found) {
    if (field.isEmpty()) {
      requirements(node, field, whole, found);
      return;
    }
    JsonNode good = minimal(node);
    if (node.path("x-kubernetes-int-or-string").asBoolean(false)) {
      found.add(new Broken(field, "wrong type", whole.apply(BooleanNode.TRUE)));
      return;
    }
    String type = node.path("type").asText("");
    if (!type.isEmpty()) {
      JsonNode other = type.equals("string") ? IntNode.valueOf(7) : TextNode.valueOf("wrong");
      found.add(new Broken(field, "wrong type", whole.apply(other)));
    }
    if (node.has("enum") && type.equals("string")) {
      found.add(new Broken(field, "unknown value", whole.apply(TextNode.valueOf("NoSuchValue"))));
    }
    if (node.has("minimum")) {
      int below = node.path("minimum").asInt() - 1;
      found.add(new Broken(field, "too small", whole.apply(IntNode.valueOf(below))));
    }
    if (node.has("maximum")) {
      int above = node.path("maximum").asInt() + 1;
      found.add(new Broken(field, "too large", whole.apply(IntNode.valueOf(above))));
    }
    if (node.path("minLength").asInt(0) > 0) {
      String shorter = "x".repeat(node.path("minLength").asInt() - 1);
      found.add(new Broken(field, "too short", whole.apply(TextNode.valueOf(shorter))));
    }
    if (node.has("maxLength")) {
      String longer = "x".repeat(node.path("maxLength").asInt() + 1);
      found.add(new Broken(field, "too long", whole.apply(TextNode.valueOf(longer))));
    }
    String text = "-! wrong";
    if (node.has("pattern")
        && !Pattern.compile(node.path("pattern").asText()).matcher(text).find()) {
      found.add(new Broken(field, "wrong form", whole.apply(TextNode.valueOf(text))));
    }
    if (node.path("minItems").asInt(0) > 0) {
      found.add(new Broken(field, "too few", whole.apply(Json.array())));
    }
    if (node.has("maxItems")) {
      ArrayNode items = Json.array();
      for (int i = 0; i <= node.path("maxItems").asInt(); i++) {
        items.add(minimal(node.path("items")));
      }
      found.add(new Broken(field, "too many", whole.apply(items)));
    }
    if (good.isObject()) {
      requirements(node, field, whole, found);
    }
  }

  private static void requirements(
      JsonNode node, String field, Function<JsonNode, ObjectNode> whole, List<Broken> found) {
    for (JsonNode required : node.path("required")) {
      String name = required.asText();
      boolean metadata =
          field.isEmpty() && List.of("apiVersion", "kind", "metadata").contains(name);
      if (!metadata && !node.path("properties").path(name).has("default")) {
        ObjectNode without = (ObjectNode) minimal(node);
        without.remove(name);
        String path = field.isEmpty() ? name : field + "." + name;
        found.add(new Broken(path, "missing", whole.apply(without)));
      }
    }
  }
}
