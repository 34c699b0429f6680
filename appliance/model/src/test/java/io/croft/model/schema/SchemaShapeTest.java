package io.croft.model.schema;

import static io.croft.model.JsonTexts.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.FieldError;
import io.croft.model.Json;
import io.croft.model.JsonTexts;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaShapeTest {
  private static final String EVERY_KEYWORD =
      """
      {'type':'object','description':'d','title':'t','required':['list'],
       'x-kubernetes-validations':[{'rule':'true'}],
       'properties':{
         'list':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['n'],
           'minItems':0,'maxItems':9,'uniqueItems':false,
           'items':{'type':'object','required':['n'],'properties':{'n':{'type':'string'}},
             'allOf':[{'properties':{'n':{'pattern':'^a'}}}],'not':{'required':['z']}}},
         'set':{'type':'array','x-kubernetes-list-type':'set','items':{'type':'string'},
           'anyOf':[{'items':{'minLength':1}}],'oneOf':[{'items':{'enum':['a','b']}}]},
         'map':{'type':'object','x-kubernetes-map-type':'atomic','minProperties':0,
           'maxProperties':5,'additionalProperties':{'type':'integer','minimum':0,'maximum':9,
             'exclusiveMinimum':false,'exclusiveMaximum':true,'multipleOf':1,'default':3}},
         'text':{'type':'string','format':'date','nullable':true,'maxLength':20,'enum':['x']},
         'either':{'x-kubernetes-int-or-string':true,
           'anyOf':[{'type':'integer'},{'type':'string'}]},
         'raw':{'type':'object','x-kubernetes-preserve-unknown-fields':true,
           'x-kubernetes-embedded-resource':true}}}
      """;

  private static final String OBJECT =
      """
      {'apiVersion':'a/v1','kind':'K','metadata':{'name':'x'},'list':[{'n':'a'},{'n':'b','m':1}],
       'set':['a','a'],'map':{'k':12},'text':null,'either':1.5,'raw':{'kind':'R'},'other':[{}]}
      """;

  private static List<String> errors(JsonNode schema) {
    return StructuralSchema.structuralErrors(schema, "s").stream()
        .map(FieldError::message)
        .toList();
  }

  @Test
  void acceptsEveryKeyword() {
    assertThat(errors(json(EVERY_KEYWORD))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1|s: Invalid value: 1: must be an object",
        "{'type':1}|s.type: Invalid value: 1: must be a string",
        "{'type':'object','properties':[]}|s.properties: Invalid value: []: must be an object",
        "{'type':'object','properties':{'a':'b'}}|s.properties[a]: Invalid value: \"b\": must be an"
            + " object",
        "{'type':'object','properties':{'a':{'type':'array','items':{'allOf':{'x':{}}}}}}|s.properties[a].items.allOf:"
            + " Invalid value: {\"x\":{}}: must be a list of objects",
        "{'type':'object','anyOf':[null]}|s.anyOf: Invalid value: [null]: must be a list of"
            + " objects",
        "{'type':'object','not':{'oneOf':[{'required':[1]}]}}|s.not.oneOf[0].required: Invalid"
            + " value: [1]: must be a list of strings",
        "{'type':'object','minProperties':1.5}|s.minProperties: Invalid value: 1.5: must be an"
            + " integer of 64 bits",
        "{'type':'object','maxProperties':9223372036854775808}|s.maxProperties: Invalid value:"
            + " 9223372036854775808: must be an integer of 64 bits"
      })
  void explainsMalformedKeywords(String schema, String message) {
    assertThat(errors(json(schema))).containsExactly(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"properties", "items", "additionalProperties", "not", "allOf"})
  void refusesSchemasThatAreNestedTooDeep(String keyword) {
    assertThat(errors(nested(keyword, SchemaShape.MAX_DEPTH)))
        .noneMatch(message -> message.contains("nested"));
    assertThat(errors(nested(keyword, SchemaShape.MAX_DEPTH + 1)))
        .singleElement()
        .asString()
        .contains("schemas must not be nested deeper than 64 levels");
  }

  private static ObjectNode nested(String keyword, int depth) {
    ObjectNode schema = Json.object().put("type", "object");
    for (int i = 1; i < depth; i++) {
      ObjectNode outer = Json.object().put("type", keyword.equals("items") ? "array" : "object");
      switch (keyword) {
        case "properties" -> outer.putObject(keyword).set("p", schema);
        case "allOf" -> outer.putArray(keyword).add(schema);
        default -> outer.set(keyword, schema);
      }
      schema = outer;
    }
    return schema;
  }

  @Test
  void boundsTheErrorsOfSchemas() {
    ObjectNode schema = Json.object().put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    for (int i = 0; i < 20_000; i++) {
      properties.putObject("p" + i).put("$ref", "x").put("default", i);
    }
    assertThat(errors(schema)).hasSize(100);
  }

  /// Whatever has become of a schema, it is either refused with field errors, or works.
  @Test
  void mutatedSchemasAreRefusedOrWork() {
    var random = new Random(4711);
    int accepted = 0;
    for (int i = 0; i < 30_000; i++) {
      var schema = json(EVERY_KEYWORD);
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        mutate(schema, random);
      }
      List<FieldError> errors = StructuralSchema.structuralErrors(schema, "s");
      errors.forEach(FieldError::toCause);
      if (errors.isEmpty()) {
        accepted++;
        use(StructuralSchema.parse(schema));
      }
    }
    assertThat(accepted).isBetween(1_000, 29_000);
  }

  private static void use(StructuralSchema schema) {
    ObjectNode object = JsonTexts.object(OBJECT);
    schema.unknownFields(object);
    schema.prune(object);
    schema.applyDefaults(object);
    schema.validate(object, null);
    schema.validate(object, JsonTexts.object(OBJECT));
  }

  private static void mutate(JsonNode schema, Random random) {
    var containers = new ArrayList<JsonNode>();
    collect(schema, containers);
    JsonNode value = value(containers, random);
    switch (containers.get(random.nextInt(containers.size()))) {
      case ObjectNode object when !object.isEmpty() -> {
        var names = new ArrayList<>(object.propertyStream().map(p -> p.getKey()).toList());
        String name = names.get(random.nextInt(names.size()));
        if (random.nextInt(5) == 0) {
          object.remove(name);
        } else {
          object.set(name, value);
        }
      }
      case ObjectNode object ->
          object.set(List.of("type", "items", "default", "allOf").get(random.nextInt(4)), value);
      case ArrayNode array -> array.insert(0, value);
      default -> throw new AssertionError();
    }
  }

  private static JsonNode value(List<JsonNode> containers, Random random) {
    List<String> simple =
        List.of(
            "null",
            "true",
            "false",
            "0",
            "-1.5",
            "1e300",
            "'object'",
            "'array'",
            "'string'",
            "'('",
            "''",
            "[]",
            "{}",
            "[null]",
            "[{}]",
            "[[]]",
            "{'a':{}}",
            "{'type':'string'}");
    return random.nextInt(3) == 0
        ? containers.get(random.nextInt(containers.size())).deepCopy()
        : json(simple.get(random.nextInt(simple.size())));
  }

  private static void collect(JsonNode value, List<JsonNode> containers) {
    if (value.isContainerNode()) {
      containers.add(value);
      value.forEach(child -> collect(child, containers));
    }
  }
}
