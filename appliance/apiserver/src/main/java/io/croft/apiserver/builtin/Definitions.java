package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.patch.PatchSchema;
import io.croft.model.schema.SchemaFamily;
import io.croft.model.schema.StructuralSchema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The OpenAPI schemas of the built-in kinds, as the build has read them off the official client's
/// models. Each is read when it is first needed, so that kinds which nobody uses cost nothing.
public final class Definitions {
  /// Where definitions refer to each other.
  public static final String REF = "#/components/schemas/";

  private final SchemaFamily family = new SchemaFamily(this::resolve);
  private final Map<String, Optional<Message>> messages = new ConcurrentHashMap<>();

  /// How a definition's fields are numbered in protobuf.
  ///
  /// @param fields what a number stands for
  /// @param zeros the numbers and booleans that are not there when they are zero
  record Message(Map<Integer, Field> fields, Set<String> zeros) {}

  /// What a number stands for in a message.
  sealed interface Field {
    /// A field of the JSON object.
    ///
    /// @param schema its OpenAPI schema
    record Named(String name, JsonNode schema) implements Field {}

    /// A message whose fields are fields of the same JSON object.
    record Embedded(Map<Integer, Field> fields) implements Field {}

    /// A JSON schema, or something in its place.
    ///
    /// @param list whether that is a list of schemas; otherwise it is a boolean
    record SchemaOr(String name, boolean list) implements Field {}
  }

  /// Whether there is a definition of that name.
  public boolean has(String name) {
    return Definitions.class.getResource(file(name)) != null;
  }

  /// A definition as clients see it, the caller's own copy.
  ///
  /// @param name for example `io.k8s.api.core.v1.ConfigMap`
  /// @throws IllegalArgumentException when there is none
  public JsonNode get(String name) {
    return read(name).path("schema");
  }

  public StructuralSchema schema(String name) {
    return family.schema(REF + name);
  }

  public PatchSchema patches(String name) {
    return PatchSchema.of(schema(name));
  }

  /// How a definition travels in protobuf; empty when it does not.
  Optional<Message> message(String name) {
    Optional<Message> known = messages.get(name);
    if (known == null) {
      known = has(name) ? message(read(name)) : Optional.empty();
      messages.put(name, known);
    }
    return known;
  }

  private static Optional<Message> message(ObjectNode definition) {
    if (!definition.has("protobuf")) {
      return Optional.empty();
    }
    var zeros = new HashSet<String>();
    definition.path("zeros").forEach(z -> zeros.add(z.asText()));
    JsonNode properties = undescribed(definition.path("schema")).path("properties");
    return Optional.of(new Message(fields(definition.path("protobuf"), properties), zeros));
  }

  private static Map<Integer, Field> fields(JsonNode numbers, JsonNode properties) {
    var fields = new HashMap<Integer, Field>();
    for (var entry : numbers.properties()) {
      if (entry.getValue().isObject()) {
        fields.put(
            Integer.valueOf(entry.getKey()),
            new Field.Embedded(fields(entry.getValue(), properties)));
      } else if (entry.getValue().isTextual()) {
        String[] parts = entry.getValue().asText().split("\\|");
        fields.put(
            Integer.valueOf(parts[0]),
            new Field.SchemaOr(entry.getKey(), parts[1].equals("schemas")));
      } else {
        fields.put(
            entry.getValue().asInt(),
            new Field.Named(entry.getKey(), properties.path(entry.getKey())));
      }
    }
    return fields;
  }

  private JsonNode resolve(String ref) {
    return undescribed(get(ref.startsWith(REF) ? ref.substring(REF.length()) : ref));
  }

  /// Without what is only for people, which is most of it.
  private static JsonNode undescribed(JsonNode schema) {
    if (schema instanceof ObjectNode object) {
      JsonNode description = object.get("description");
      if (description != null && description.isTextual()) {
        object.remove("description");
      }
    }
    schema.forEach(Definitions::undescribed);
    return schema;
  }

  private static ObjectNode read(String name) {
    try (InputStream in = Definitions.class.getResourceAsStream(file(name))) {
      if (in == null) {
        throw new IllegalArgumentException("no built-in definition is named " + name);
      }
      return Json.parseObject(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedJsonException e) {
      throw new IllegalStateException("the definition of " + name + " is damaged", e);
    }
  }

  private static String file(String name) {
    return "definitions/" + name + ".json";
  }
}
