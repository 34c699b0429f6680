package io.croft.model.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.schema.Topology.Shape;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Which parts of a value have owners of their own.
final class TopologyTest {
  private static final Topology CUSTOM =
      StructuralSchema.parse(
              json(
                  """
                  {"type":"object","properties":{"spec":{"type":"object","properties":{
                    "plain":{"type":"string"},
                    "fields":{"type":"object","properties":{"a":{"type":"string"}}},
                    "keys":{"type":"object","additionalProperties":{"type":"string"}},
                    "whole":{"type":"object","x-kubernetes-map-type":"atomic",
                      "properties":{"a":{"type":"string"}}},
                    "list":{"type":"array","items":{"type":"string"}},
                    "set":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
                    "map":{"type":"array","x-kubernetes-list-type":"map",
                      "x-kubernetes-list-map-keys":["name","zone"],
                      "items":{"type":"object","properties":{
                        "name":{"type":"string"},
                        "zone":{"type":"string","default":"a"},
                        "template":{"type":"object","x-kubernetes-embedded-resource":true,
                          "x-kubernetes-preserve-unknown-fields":true}}}},
                    "open":{"type":"object","x-kubernetes-preserve-unknown-fields":true,
                      "properties":{"known":{"type":"object","properties":{
                        "a":{"type":"string"}}}}},
                    "either":{"x-kubernetes-int-or-string":true}}}}}
                  """))
          .topology();

  private static final ObjectNode OBJECT = json("{\"a\":\"b\"}");
  private static final JsonNode LIST = Json.array().add("a");

  private static ObjectNode json(String text) {
    try {
      return Json.parseObject(text.getBytes(StandardCharsets.UTF_8));
    } catch (MalformedJsonException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Topology at(Topology topology, String... path) {
    Topology at = topology;
    for (String name : path) {
      Topology next = at.field(name);
      if (next == null) {
        throw new AssertionError("nothing known of " + name);
      }
      at = next;
    }
    return at;
  }

  private static Topology spec(String name) {
    return at(CUSTOM, "spec", name);
  }

  @Test
  void followsTheSchema() {
    assertThat(spec("plain").shape(OBJECT.get("a"))).isEqualTo(Shape.LEAF);
    assertThat(spec("fields").shape(OBJECT)).isEqualTo(Shape.FIELDS);
    assertThat(spec("whole").shape(OBJECT)).isEqualTo(Shape.LEAF);
    assertThat(spec("list").shape(LIST)).isEqualTo(Shape.LEAF);
    assertThat(spec("set").shape(LIST)).isEqualTo(Shape.SET_ITEMS);
    assertThat(spec("map").shape(LIST)).isEqualTo(Shape.KEYED_ITEMS);
    assertThat(spec("either").shape(OBJECT)).isEqualTo(Shape.LEAF);
    assertThat(spec("map").keys()).containsExactly("name", "zone");
    assertThat(spec("map").keyDefault("zone")).isEqualTo(Json.object().put("z", "a").get("z"));
    assertThat(spec("map").keyDefault("name")).isNull();
  }

  @Test
  void takesValuesOfTheWrongTypeAsAWhole() {
    assertThat(spec("fields").shape(LIST)).isEqualTo(Shape.LEAF);
    assertThat(spec("set").shape(OBJECT)).isEqualTo(Shape.LEAF);
    assertThat(spec("plain").shape(OBJECT)).isEqualTo(Shape.LEAF);
  }

  @Test
  void tellsNamedFieldsFromKeysAndFromWhatIsUnknown() {
    assertThat(spec("fields").names("a")).isTrue();
    assertThat(spec("keys").names("a")).isFalse();
    assertThat(spec("keys").field("a")).isNotNull();
    assertThat(spec("fields").field("b")).isNull();
    assertThat(spec("open").field("b")).isNotNull();
    assertThat(at(spec("open"), "known").field("b")).as("inherited").isNotNull();
    assertThat(at(spec("open"), "b").shape(LIST)).isEqualTo(Shape.LEAF);
    assertThat(at(spec("open"), "b").shape(OBJECT)).isEqualTo(Shape.FIELDS);
  }

  @Test
  void knowsTheMetadataOfEveryObject() {
    assertThat(at(CUSTOM, "metadata", "finalizers").shape(LIST)).isEqualTo(Shape.SET_ITEMS);
    Topology owners = at(CUSTOM, "metadata", "ownerReferences");
    assertThat(owners.shape(LIST)).isEqualTo(Shape.KEYED_ITEMS);
    assertThat(owners.keys()).containsExactly("uid");
    assertThat(owners.item().shape(OBJECT)).isEqualTo(Shape.LEAF);
    assertThat(at(CUSTOM, "metadata", "labels").shape(OBJECT)).isEqualTo(Shape.FIELDS);
    assertThat(at(CUSTOM, "metadata", "managedFields").shape(LIST)).isEqualTo(Shape.UNOWNED);
    assertThat(CUSTOM.names("apiVersion")).isTrue();
    assertThat(CUSTOM.isAlwaysThere("metadata")).isTrue();
    assertThat(CUSTOM.isAlwaysThere("spec")).isFalse();
    Topology embedded = at(spec("map").item(), "template");
    assertThat(at(embedded, "metadata", "finalizers").shape(LIST)).isEqualTo(Shape.SET_ITEMS);
  }

  @Test
  void takesStructuresOfBuiltInTypesAsAlwaysThere() {
    Topology builtIn =
        StructuralSchema.parse(
                json(
                    """
                    {"type":"object","properties":{
                      "spec":{"allOf":[{"$ref":"Spec"}],"default":{}},
                      "ref":{"allOf":[{"$ref":"Ref"}],"x-kubernetes-map-type":"granular"}}}
                    """),
                name ->
                    name.equals("Ref")
                        ? json(
                            "{\"type\":\"object\",\"x-kubernetes-map-type\":\"atomic\","
                                + "\"properties\":{\"a\":{\"type\":\"string\"}}}")
                        : json("{\"type\":\"object\"}"))
            .topology();
    assertThat(builtIn.isAlwaysThere("spec")).isTrue();
    assertThat(builtIn.isAlwaysThere("ref")).isFalse();
    assertThat(at(builtIn, "ref").shape(OBJECT)).as("overridden").isEqualTo(Shape.FIELDS);
  }
}
