package io.croft.apiserver.controllers.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.builtin.Definitions;
import io.croft.apiserver.cel.RuleSchema;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// The schemas of served kinds as expressions see their objects: as they are in JSON. What a schema
/// leaves open, and what JSON has as text but the schema as something else, may be anything. For
/// one check of types: it keeps what it has read. Not thread-safe.
final class PublishedSchemas {
  private static final String METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
  private static final JsonNode ANYTHING = Json.object().put("x-kubernetes-int-or-string", true);
  private static final Set<String> MORE_THAN_TEXT =
      Set.of("byte", "date", "date-time", "duration", "int-or-string");

  private final Definitions definitions;
  private final Map<String, JsonNode> read = new HashMap<>();

  PublishedSchemas(Definitions definitions) {
    this.definitions = definitions;
  }

  /// @param name tells it apart from others of the same expressions
  RuleSchema of(String name, ResourceType type) {
    return RuleSchema.of(
        name, type.custom() ? completed(type.openApi()) : type.openApi(), this::read);
  }

  /// A definition of custom resources need not describe what all objects have.
  private static JsonNode completed(JsonNode openApi) {
    ObjectNode schema = Json.object().put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    openApi.path("properties").properties().forEach(p -> properties.set(p.getKey(), p.getValue()));
    properties.putObject("apiVersion").put("type", "string");
    properties.putObject("kind").put("type", "string");
    properties.putObject("metadata").put("$ref", Definitions.REF + METADATA);
    return schema;
  }

  private JsonNode read(JsonNode schema) {
    String ref = schema.path("$ref").asText(schema.at("/allOf/0/$ref").asText(""));
    JsonNode meant =
        ref.startsWith(Definitions.REF)
            ? read.computeIfAbsent(ref.substring(Definitions.REF.length()), definitions::get)
            : schema;
    return isOpen(meant) ? ANYTHING : meant;
  }

  private static boolean isOpen(JsonNode schema) {
    return schema.path("x-kubernetes-preserve-unknown-fields").asBoolean(false)
        || schema.path("x-kubernetes-embedded-resource").asBoolean(false)
        || switch (schema.path("type").asText("")) {
          case "object" ->
              schema.path("properties").isEmpty()
                  && !schema.path("additionalProperties").isObject();
          case "array" -> !schema.path("items").isObject();
          case "string" -> MORE_THAN_TEXT.contains(schema.path("format").asText(""));
          case "" -> true;
          default -> false;
        };
  }
}
