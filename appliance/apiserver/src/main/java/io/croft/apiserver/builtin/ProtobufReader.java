package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Statuses;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads built-in kinds from Kubernetes' protobuf encoding into JSON trees; kubectl's typed
/// commands (`create namespace`, `auth whoami`, …) send nothing else and do not fall back. Guided
/// by the kinds' schemas and the numbers of their fields. Answers are always JSON, which every
/// client also accepts.
///
/// In protobuf, Go writes fields of value types even when they are empty. Empty texts and times are
/// left out here, as Go's JSON leaves them out; numbers and booleans are kept, as a pointer may
/// have been meant.
public final class ProtobufReader {
  public static final String MEDIA_TYPE = "application/vnd.kubernetes.protobuf";

  private static final byte[] MAGIC = {'k', '8', 's', 0};
  private static final int MAX_DEPTH = 64;
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private static final String SCHEMA =
      "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";
  private static final String QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
  private static final String INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

  private final Definitions definitions;

  public ProtobufReader(Definitions definitions) {
    this.definitions = definitions;
  }

  /// Whether a definition can be read.
  public boolean reads(String definition) {
    return definitions.message(definition).isPresent();
  }

  /// @param body the envelope: magic, then `runtime.Unknown` with the kind and the object's bytes
  /// @param definition the object's definition, for example `io.k8s.api.core.v1.ConfigMap`
  /// @throws io.croft.model.StatusException 400 when the bytes make no sense
  public ObjectNode read(byte[] body, String definition) {
    if (body.length < MAGIC.length || !Arrays.equals(body, 0, 4, MAGIC, 0, 4)) {
      throw Wire.malformed();
    }
    Wire unknown = new Wire(Arrays.copyOfRange(body, MAGIC.length, body.length));
    byte[] type = {};
    byte[] raw = {};
    while (!unknown.atEnd()) {
      int tag = unknown.tag();
      switch (tag) {
        case 1 << 3 | Wire.BYTES -> type = unknown.piece();
        case 2 << 3 | Wire.BYTES -> raw = unknown.piece();
        default -> unknown.skip(tag & 7);
      }
    }
    ObjectNode object = Json.object();
    readType(new Wire(type), object);
    object.setAll(message(new Wire(raw), definition, 0));
    return object;
  }

  private static void readType(Wire wire, ObjectNode object) {
    while (!wire.atEnd()) {
      int tag = wire.tag();
      switch (tag) {
        case 1 << 3 | Wire.BYTES -> object.put("apiVersion", wire.text());
        case 2 << 3 | Wire.BYTES -> object.put("kind", wire.text());
        default -> wire.skip(tag & 7);
      }
    }
  }

  private ObjectNode message(Wire wire, String definition, int depth) {
    Definitions.Message message = definitions.message(definition).orElse(null);
    if (message == null || depth > MAX_DEPTH) {
      throw Statuses.badRequest("protobuf is not read for " + definition + "; send JSON");
    }
    ObjectNode object = Json.object();
    fields(wire, message.fields(), object, depth);
    message.zeros().forEach(field -> removeZero(object, field));
    return object;
  }

  private static void removeZero(ObjectNode object, String field) {
    JsonNode value = object.get(field);
    if (value != null && (value.isNumber() ? value.asDouble() == 0 : !value.asBoolean())) {
      object.remove(field);
    }
  }

  private void fields(
      Wire wire, Map<Integer, Definitions.Field> fields, ObjectNode object, int depth) {
    while (!wire.atEnd()) {
      int tag = wire.tag();
      switch (fields.get(tag >>> 3)) {
        case null -> wire.skip(tag & 7); // newer than this server: dropped, as in JSON
        case Definitions.Field.Named named ->
            field(wire, tag & 7, object, named.name(), named.schema(), depth);
        case Definitions.Field.Embedded embedded ->
            fields(new Wire(expect(wire, tag & 7)), embedded.fields(), object, depth);
        case Definitions.Field.SchemaOr schema -> {
          var alternatives = new Wire(expect(wire, tag & 7));
          object.set(
              schema.name(),
              schema.list()
                  ? schemaOrSchemas(alternatives, depth)
                  : schemaOrBoolean(alternatives, depth));
        }
      }
    }
  }

  /// The boolean is written even where there is a schema.
  private JsonNode schemaOrBoolean(Wire wire, int depth) {
    boolean allows = false;
    JsonNode schema = null;
    while (!wire.atEnd()) {
      int tag = wire.tag();
      switch (tag) {
        case 1 << 3 | Wire.VARINT -> allows = wire.varint() != 0;
        case 2 << 3 | Wire.BYTES -> schema = message(new Wire(wire.piece()), SCHEMA, depth + 1);
        default -> wire.skip(tag & 7);
      }
    }
    return schema == null ? BooleanNode.valueOf(allows) : schema;
  }

  private JsonNode schemaOrSchemas(Wire wire, int depth) {
    ArrayNode list = Json.array();
    JsonNode schema = null;
    while (!wire.atEnd()) {
      int tag = wire.tag();
      switch (tag) {
        case 1 << 3 | Wire.BYTES -> schema = message(new Wire(wire.piece()), SCHEMA, depth + 1);
        case 2 << 3 | Wire.BYTES -> list.add(message(new Wire(wire.piece()), SCHEMA, depth + 1));
        default -> wire.skip(tag & 7);
      }
    }
    return schema == null ? list : schema;
  }

  private void field(
      Wire wire, int type, ObjectNode object, String name, JsonNode schema, int depth) {
    switch (schema.path("type").asText("")) {
      case "array" -> {
        JsonNode item = value(wire, type, schema.path("items"), depth);
        ArrayNode array = object.withArray(name);
        // An empty text within a list stands for itself, such as the core group in a rule.
        array.add(item == null ? TextNode.valueOf("") : item);
      }
      case "object" -> {
        if (schema.has("additionalProperties")) {
          ObjectNode map = object.withObjectProperty(name);
          entry(new Wire(wire.piece()), map, schema.path("additionalProperties"), depth);
        } else {
          object.set(name, json(wire.piece()));
        }
      }
      default -> {
        JsonNode value = value(wire, type, schema, depth);
        if (value != null) {
          object.set(name, value);
        }
      }
    }
  }

  private void entry(Wire wire, ObjectNode map, JsonNode schema, int depth) {
    String key = "";
    JsonNode value = null;
    while (!wire.atEnd()) {
      int tag = wire.tag();
      switch (tag >>> 3) {
        case 1 -> key = wire.text();
        case 2 ->
            value =
                schema.path("type").asText("").equals("array")
                    ? texts(new Wire(wire.piece()))
                    : value(wire, tag & 7, schema, depth);
        default -> wire.skip(tag & 7);
      }
    }
    map.set(key, value == null ? TextNode.valueOf("") : value);
  }

  /// A list as the value of a map is a message with the list as its field 1.
  private static ArrayNode texts(Wire wire) {
    ArrayNode texts = Json.array();
    while (!wire.atEnd()) {
      int tag = wire.tag();
      if (tag == (1 << 3 | Wire.BYTES)) {
        texts.add(wire.text());
      } else {
        wire.skip(tag & 7);
      }
    }
    return texts;
  }

  /// @return null for what Go's JSON leaves out
  private @Nullable JsonNode value(Wire wire, int type, JsonNode schema, int depth) {
    String definition = definition(schema);
    switch (definition) {
      case "" -> {}
      case QUANTITY -> {
        return quantity(new Wire(expect(wire, type)));
      }
      case INT_OR_STRING -> {
        return intOrString(new Wire(expect(wire, type)));
      }
      default -> {
        return message(new Wire(expect(wire, type)), definition, depth + 1);
      }
    }
    return switch (schema.path("type").asText("")) {
      case "integer" -> Json.number(number(wire, type));
      case "boolean" -> BooleanNode.valueOf(number(wire, type) != 0);
      case "number" -> {
        if (type != Wire.FIXED64) {
          throw Wire.malformed();
        }
        yield DoubleNode.valueOf(Double.longBitsToDouble(wire.fixed(8)));
      }
      case "string" -> text(expect(wire, type), schema.path("format").asText(""));
      default -> json(expect(wire, type));
    };
  }

  /// Absent amounts travel as empty texts.
  private static @Nullable JsonNode quantity(Wire wire) {
    String text = "";
    while (!wire.atEnd()) {
      int tag = wire.tag();
      if (tag == (1 << 3 | Wire.BYTES)) {
        text = wire.text();
      } else {
        wire.skip(tag & 7);
      }
    }
    return text.isEmpty() ? null : TextNode.valueOf(text);
  }

  private static JsonNode intOrString(Wire wire) {
    boolean isText = false;
    long number = 0;
    String text = "";
    while (!wire.atEnd()) {
      int tag = wire.tag();
      switch (tag) {
        case 1 << 3 | Wire.VARINT -> isText = wire.varint() == 1;
        case 2 << 3 | Wire.VARINT -> number = wire.varint();
        case 3 << 3 | Wire.BYTES -> text = wire.text();
        default -> wire.skip(tag & 7);
      }
    }
    return isText ? TextNode.valueOf(text) : Json.number(number);
  }

  private static long number(Wire wire, int type) {
    if (type != Wire.VARINT) {
      throw Wire.malformed();
    }
    return wire.varint();
  }

  private static byte[] expect(Wire wire, int type) {
    if (type != Wire.BYTES) {
      throw Wire.malformed();
    }
    return wire.piece();
  }

  private static @Nullable JsonNode text(byte[] piece, String format) {
    return switch (format) {
      case "byte" -> TextNode.valueOf(Base64.getEncoder().encodeToString(piece));
      case "date-time" -> time(new Wire(piece));
      default ->
          piece.length == 0 ? null : TextNode.valueOf(new String(piece, StandardCharsets.UTF_8));
    };
  }

  private static @Nullable JsonNode time(Wire wire) {
    long seconds = 0;
    long nanos = 0;
    boolean present = false;
    while (!wire.atEnd()) {
      int tag = wire.tag();
      switch (tag) {
        case 1 << 3 | Wire.VARINT -> {
          seconds = wire.varint();
          present = true;
        }
        case 2 << 3 | Wire.VARINT -> nanos = wire.varint();
        default -> wire.skip(tag & 7);
      }
    }
    if (!present) {
      return null;
    }
    try {
      Instant time = Instant.ofEpochSecond(seconds, nanos);
      return TextNode.valueOf((nanos == 0 ? SECONDS : MICROS).format(time));
    } catch (DateTimeException | ArithmeticException e) {
      throw Wire.malformed();
    }
  }

  /// Free-form values travel as JSON in field 1.
  private static JsonNode json(byte[] piece) {
    Wire wire = new Wire(piece);
    byte[] raw = {};
    while (!wire.atEnd()) {
      int tag = wire.tag();
      if (tag == (1 << 3 | Wire.BYTES)) {
        raw = wire.piece();
      } else {
        wire.skip(tag & 7);
      }
    }
    try {
      return raw.length == 0 ? Json.object() : Json.parse(raw);
    } catch (MalformedJsonException e) {
      throw Wire.malformed();
    }
  }

  private static String definition(JsonNode schema) {
    String ref = schema.path("$ref").asText("");
    if (ref.isEmpty()) {
      ref = schema.path("allOf").path(0).path("$ref").asText("");
    }
    return ref.isEmpty() ? "" : ref.substring(Definitions.REF.length());
  }
}
