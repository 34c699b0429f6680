package io.croft.apiserver.cel;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSet;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.StructType;
import io.croft.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A schema as expressions see it: which fields there are, of which types. Read where it is looked
/// at. Thread-safe.
///
/// What a schema leaves open (`x-kubernetes-preserve-unknown-fields`) cannot be looked at, as in
/// kube-apiserver: expressions are checked before there is any object.
public final class RuleSchema {
  /// Nothing is known: any value, as it is in JSON.
  public static final RuleSchema ANY =
      new RuleSchema(
          Json.object().put("x-kubernetes-int-or-string", true),
          "any",
          false,
          true,
          UnaryOperator.identity(),
          new ConcurrentHashMap<>());

  private static final JsonNode TEXT = Json.object().put("type", "string");

  private enum Form {
    STRUCT,
    MAP,
    LIST,
    STRING,
    BYTES,
    DURATION,
    DATE,
    TIMESTAMP,
    BOOLEAN,
    NUMBER,
    INTEGER,
    ANY,
    UNKNOWN
  }

  private final JsonNode json;
  private final String name;

  /// Whether fields have identifiers where their names are none.
  private final boolean escapes;

  /// What a schema says, of one that refers to another.
  private final UnaryOperator<JsonNode> reader;

  private final Form form;
  private final Map<String, StructType> types;

  /// By the identifiers of the fields.
  private final Map<String, JsonNode> fields;

  private final Map<String, RuleSchema> children = new ConcurrentHashMap<>();

  private RuleSchema(
      JsonNode json,
      String name,
      boolean resource,
      boolean escapes,
      UnaryOperator<JsonNode> reader,
      Map<String, StructType> types) {
    this.json = reader.apply(json);
    this.name = name;
    this.escapes = escapes;
    this.reader = reader;
    this.types = types;
    this.form = form(this.json);
    this.fields = form == Form.STRUCT ? fields(resource) : Map.of();
  }

  /// The schema of a custom resource (`openAPIV3Schema`).
  public static RuleSchema ofCustomResource(JsonNode openApi) {
    return new RuleSchema(
        openApi, "selfType", true, true, UnaryOperator.identity(), new ConcurrentHashMap<>());
  }

  /// A schema of the server's own, whose fields have the names that they have in JSON.
  ///
  /// @param name tells it apart from the others of an expression
  public static RuleSchema of(String name, JsonNode openApi) {
    return of(name, openApi, UnaryOperator.identity());
  }

  /// As `of`, of a schema whose parts are to be read in some way, because they refer to others.
  ///
  /// @param reader what stands for a schema, at any place; always the same for the same
  public static RuleSchema of(String name, JsonNode openApi, UnaryOperator<JsonNode> reader) {
    return new RuleSchema(openApi, name, false, false, reader, new ConcurrentHashMap<>());
  }

  private Form form(JsonNode schema) {
    if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
      return Form.ANY;
    }
    return switch (schema.path("type").asText("")) {
      case "object" -> {
        JsonNode additional = schema.path("additionalProperties");
        if (!additional.isObject()) {
          yield Form.STRUCT;
        }
        yield isKnown(additional) ? Form.MAP : Form.UNKNOWN;
      }
      case "array" -> isKnown(schema.path("items")) ? Form.LIST : Form.UNKNOWN;
      case "string" ->
          switch (schema.path("format").asText("")) {
            case "byte" -> Form.BYTES;
            case "duration" -> Form.DURATION;
            case "date" -> Form.DATE;
            case "date-time" -> Form.TIMESTAMP;
            default -> Form.STRING;
          };
      case "boolean" -> Form.BOOLEAN;
      case "number" -> Form.NUMBER;
      case "integer" -> Form.INTEGER;
      default -> Form.UNKNOWN;
    };
  }

  private boolean isKnown(JsonNode schema) {
    return schema.isObject() && form(reader.apply(schema)) != Form.UNKNOWN;
  }

  private @Nullable String identifier(String property) {
    return escapes ? FieldNames.escape(property) : property;
  }

  private Map<String, JsonNode> fields(boolean resource) {
    var found = new LinkedHashMap<String, JsonNode>();
    for (var property : json.path("properties").properties()) {
      String escaped = identifier(property.getKey());
      if (escaped != null && isKnown(property.getValue())) {
        found.put(escaped, property.getValue());
      }
    }
    if (resource) {
      found.put("apiVersion", TEXT);
      found.put("kind", TEXT);
      var metadata = Json.object().put("type", "object");
      metadata.putObject("properties").set("name", TEXT);
      metadata.withObject("properties").set("generateName", TEXT);
      found.put("metadata", metadata);
    }
    return found;
  }

  /// Whether expressions can look at values of this schema at all.
  public boolean isKnown() {
    return form != Form.UNKNOWN;
  }

  /// The schema as it is written.
  public JsonNode json() {
    return json;
  }

  /// Whether a value is shown in an error about it; objects and lists are not.
  public boolean isContainer() {
    return form == Form.STRUCT || form == Form.MAP || form == Form.LIST;
  }

  boolean isBytes() {
    return form == Form.BYTES;
  }

  boolean isStruct() {
    return form == Form.STRUCT;
  }

  boolean isSet() {
    return json.path("x-kubernetes-list-type").asText("").equals("set");
  }

  boolean isMapList() {
    return json.path("x-kubernetes-list-type").asText("").equals("map");
  }

  List<String> listKeys() {
    var keys = new ArrayList<String>();
    json.path("x-kubernetes-list-map-keys").forEach(key -> keys.add(key.asText()));
    return keys;
  }

  /// The schema of a property by its name in JSON. Also of one that has no identifier, and can be
  /// looked at in a rule of its own only.
  public RuleSchema property(String property) {
    String identifier = identifier(property);
    if (identifier != null && fields.containsKey(identifier)) {
      return child(identifier);
    }
    JsonNode schema = json.path("properties").path(property);
    return schema.isObject()
        ? children.computeIfAbsent("[" + property + "]", at -> below(schema, at))
        : ANY;
  }

  /// The schema of the items of a list or the values of a map.
  public RuleSchema element() {
    JsonNode schema = form == Form.LIST ? json.path("items") : json.path("additionalProperties");
    return schema.isObject() ? children.computeIfAbsent("[]", at -> below(schema, at)) : ANY;
  }

  /// @param key of a map, or the identifier of a field
  RuleSchema child(String key) {
    if (form == Form.MAP) {
      return element();
    }
    JsonNode schema = fields.get(key);
    return schema == null ? ANY : children.computeIfAbsent("." + key, at -> below(schema, at));
  }

  private RuleSchema below(JsonNode schema, String step) {
    boolean embedded = schema.path("x-kubernetes-embedded-resource").asBoolean(false);
    return new RuleSchema(schema, name + step, embedded, escapes, reader, types);
  }

  @SuppressWarnings("Immutable") // it only remembers what it has read
  CelType type() {
    return switch (form) {
      case STRUCT ->
          types.computeIfAbsent(
              name,
              n -> StructType.create(n, ImmutableSet.copyOf(fields.keySet()), this::fieldType));
      case MAP -> MapType.create(Types.STRING, element().type());
      case LIST -> ListType.create(element().type());
      case STRING -> Types.STRING;
      case BYTES -> Types.BYTES;
      case DURATION -> Types.DURATION;
      case DATE, TIMESTAMP -> Types.TIMESTAMP;
      case BOOLEAN -> Types.BOOL;
      case NUMBER -> Types.DOUBLE;
      case INTEGER -> Types.INT;
      case ANY, UNKNOWN -> Types.DYN;
    };
  }

  private Optional<CelType> fieldType(String field) {
    return fields.containsKey(field) ? Optional.of(child(field).type()) : Optional.empty();
  }

  /// A type of this schema that `type()` has named.
  @Nullable StructType find(String typeName) {
    return types.get(typeName);
  }

  /// A scalar as a value.
  Object scalar(JsonNode node) {
    return switch (form) {
      case BYTES -> node.isTextual() ? Texts.bytes(node.textValue()) : Values.plain(node);
      case DURATION ->
          node.isTextual() ? Texts.looseDuration(node.textValue()) : Values.plain(node);
      case DATE -> node.isTextual() ? Texts.date(node.textValue()) : Values.plain(node);
      case TIMESTAMP -> node.isTextual() ? Texts.timestamp(node.textValue()) : Values.plain(node);
      case NUMBER -> node.isNumber() ? (Object) node.doubleValue() : Values.plain(node);
      case INTEGER ->
          node.isNumber() && node.canConvertToLong()
              ? (Object) node.longValue()
              : Values.plain(node);
      default -> Values.plain(node);
    };
  }
}
