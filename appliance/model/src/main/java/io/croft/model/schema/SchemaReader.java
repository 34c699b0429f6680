package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.schema.SchemaNode.Constraints;
import io.croft.model.schema.SchemaNode.Extensions;
import io.croft.model.schema.SchemaNode.Junctors;
import io.croft.model.schema.SchemaNode.Range;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads schemas. Values of the wrong type count as absent: the schema of schemas refuses them
/// before they come here.
final class SchemaReader {
  /// Longest chain of references that lead to nothing but a reference.
  private static final int MAX_REFERENCES = 20;

  private final Dialect dialect;
  private final Function<String, JsonNode> refs;
  private final Map<JsonNode, SchemaNode> referred = new ConcurrentHashMap<>();

  SchemaReader(Dialect dialect, Function<String, JsonNode> refs) {
    this.dialect = dialect;
    this.refs = refs;
  }

  SchemaNode read(JsonNode json) {
    if (reference(json).isMissingNode()) {
      return readPlain(json);
    }
    // The key is what is said at the place of reference, so that places which say the same share.
    JsonNode key = json.deepCopy();
    ((ObjectNode) key).remove("description");
    SchemaNode known = referred.get(key);
    if (known == null) {
      known = readPlain(resolve(json));
      referred.put(key, known);
    }
    return known;
  }

  /// The `$ref`, be it bare or the only member of `allOf`, which is how OpenAPI adds a default to
  /// one.
  private static JsonNode reference(JsonNode json) {
    if (json.has("$ref")) {
      return json.path("$ref");
    }
    JsonNode all = json.path("allOf");
    boolean wrapped = all.size() == 1 && !json.has("properties") && !json.has("items");
    return wrapped ? all.path(0).path("$ref") : MissingNode.getInstance();
  }

  private JsonNode resolve(JsonNode json) {
    var resolved = Json.object();
    JsonNode at = json;
    for (int i = 0; i < MAX_REFERENCES; i++) {
      JsonNode reference = reference(at);
      for (var member : at.properties()) {
        boolean isReference = member.getKey().equals("$ref") || member.getKey().equals("allOf");
        if (!resolved.has(member.getKey()) && (reference.isMissingNode() || !isReference)) {
          resolved.set(member.getKey(), member.getValue());
        }
      }
      if (reference.isMissingNode()) {
        return resolved;
      }
      at = refs.apply(reference.asText());
    }
    throw new IllegalArgumentException("references in a circle: " + json);
  }

  private SchemaNode readPlain(JsonNode json) {
    JsonNode additional = json.path("additionalProperties");
    return new SchemaNode(
        dialect,
        types(json),
        json.path("format").asText(""),
        json.path("nullable").asBoolean(false),
        json.get("default"),
        properties(json.path("properties")),
        additional.isObject() ? lazy(additional) : null,
        additional.isBoolean() ? (Boolean) additional.booleanValue() : null,
        json.path("items").isObject() ? lazy(json.path("items")) : null,
        extensions(json),
        constraints(json),
        junctors(json));
  }

  private LazySchema lazy(JsonNode json) {
    return new LazySchema(json, this);
  }

  private static Set<String> types(JsonNode json) {
    boolean either =
        json.path("x-kubernetes-int-or-string").asBoolean(false)
            || json.path("format").asText("").equals("int-or-string");
    if (either) {
      return Set.of("integer", "string");
    }
    if (json.path("format").asText("").equals(Formats.QUANTITY)) {
      return Set.of("number", "integer", "string");
    }
    return json.path("type").isTextual() ? Set.of(json.path("type").textValue()) : Set.of();
  }

  private Map<String, LazySchema> properties(JsonNode json) {
    var properties = new LinkedHashMap<String, LazySchema>();
    json.properties().forEach(p -> properties.put(p.getKey(), lazy(p.getValue())));
    return properties;
  }

  private static Extensions extensions(JsonNode json) {
    return new Extensions(
        json.path("x-kubernetes-preserve-unknown-fields").asBoolean(false),
        json.path("x-kubernetes-embedded-resource").asBoolean(false),
        json.path("x-kubernetes-list-type").asText(""),
        texts(json.path("x-kubernetes-list-map-keys")),
        json.path("x-kubernetes-map-type").asText(""),
        json.path("x-kubernetes-patch-strategy").asText(""),
        json.path("x-kubernetes-patch-merge-key").asText(""));
  }

  private static Constraints constraints(JsonNode json) {
    var allowed = new ArrayList<JsonNode>();
    json.path("enum").forEach(allowed::add);
    String pattern = json.path("pattern").asText("");
    return new Constraints(
        allowed,
        number(json.path("minimum")),
        json.path("exclusiveMinimum").asBoolean(false),
        number(json.path("maximum")),
        json.path("exclusiveMaximum").asBoolean(false),
        number(json.path("multipleOf")),
        range(json, "minLength", "maxLength"),
        pattern.isEmpty() ? null : SafePattern.compile(pattern),
        range(json, "minItems", "maxItems"),
        json.path("uniqueItems").asBoolean(false),
        range(json, "minProperties", "maxProperties"),
        texts(json.path("required")));
  }

  private Junctors junctors(JsonNode json) {
    return new Junctors(
        schemas(json.path("allOf")),
        schemas(json.path("anyOf")),
        schemas(json.path("oneOf")),
        json.path("not").isObject() ? lazy(json.path("not")) : null);
  }

  private List<LazySchema> schemas(JsonNode json) {
    var schemas = new ArrayList<LazySchema>();
    json.forEach(schema -> schemas.add(lazy(schema)));
    return schemas;
  }

  private static @Nullable BigDecimal number(JsonNode json) {
    return json.isNumber() ? json.decimalValue() : null;
  }

  private static Range range(JsonNode json, String least, String most) {
    return new Range(json.path(least).asLong(0), json.path(most).asLong(Long.MAX_VALUE));
  }

  private static List<String> texts(JsonNode json) {
    var texts = new ArrayList<String>();
    json.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
