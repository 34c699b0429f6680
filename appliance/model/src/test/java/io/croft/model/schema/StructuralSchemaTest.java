package io.croft.model.schema;

import static io.croft.model.JsonTexts.json;
import static io.croft.model.JsonTexts.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.FieldError;
import io.croft.model.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StructuralSchemaTest {
  /// `spec.x` has the schema; the object is `{"spec":{"x":value}}`.
  private static List<String> errors(String schema, String value) {
    return messages(specX(schema).validate(json("{'spec':{'x':" + value + "}}"), null));
  }

  private static StructuralSchema specX(String schema) {
    return StructuralSchema.parse(
        json(
            "{'type':'object','properties':{'spec':{'type':'object','properties':{'x':"
                + schema
                + "}}}}"));
  }

  private static List<String> messages(List<FieldError> errors) {
    return errors.stream().map(FieldError::message).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'integer'}|'a'|spec.x: Invalid value: \"string\": spec.x in body must be of type"
            + " integer: \"string\"",
        "{'type':'integer'}|1.5|spec.x: Invalid value: \"number\": spec.x in body must be of type"
            + " integer: \"number\"",
        "{'type':'string'}|null|spec.x: Invalid value: \"null\": spec.x in body must be of type"
            + " string: \"null\"",
        "{'type':'object'}|[]|spec.x: Invalid value: \"array\": spec.x in body must be of type"
            + " object: \"array\"",
        "{'x-kubernetes-int-or-string':true}|true|spec.x: Invalid value: \"boolean\": spec.x in"
            + " body must be of type integer,string: \"boolean\"",
        "{'type':'integer','maximum':10}|11|spec.x: Invalid value: 11: spec.x in body should be"
            + " less than or equal to 10",
        "{'type':'integer','maximum':10,'exclusiveMaximum':true}|10|spec.x: Invalid value: 10:"
            + " spec.x in body should be less than 10",
        "{'type':'integer','minimum':1}|0|spec.x: Invalid value: 0: spec.x in body should be"
            + " greater than or equal to 1",
        "{'type':'number','minimum':1.5,'exclusiveMinimum':true}|1.5|spec.x: Invalid value: 1.5:"
            + " spec.x in body should be greater than 1.5",
        "{'type':'number','multipleOf':0.1}|0.35|spec.x: Invalid value: 0.35: spec.x in body should"
            + " be a multiple of 0.1",
        "{'type':'integer','format':'int32'}|2147483648|spec.x: Invalid value: 2147483648: value"
            + " must be of type integer with format int32 in spec.x",
        "{'type':'integer'}|9223372036854775808|spec.x: Invalid value: 9223372036854775808: value"
            + " must be of type integer (default format) in spec.x",
        "{'type':'string','minLength':2}|'a'|spec.x: Invalid value: \"a\": spec.x in body should be"
            + " at least 2 chars long",
        "{'type':'string','maxLength':2}|'abc'|spec.x: Too long: may not be more than 2 bytes",
        "{'type':'string','pattern':'^a+$'}|'b'|spec.x: Invalid value: \"b\": spec.x in body should"
            + " match '^a+$'",
        "{'type':'string','format':'date-time'}|'now'|spec.x: Invalid value: \"now\": spec.x in"
            + " body must be of type date-time: \"now\"",
        "{'type':'string','enum':['a','b']}|'c'|spec.x: Unsupported value: \"c\": supported values:"
            + " \"a\", \"b\"",
        "{'type':'array','items':{'type':'string'},'minItems':2}|['a']|spec.x: Invalid value: 1:"
            + " spec.x in body should have at least 2 items",
        "{'type':'array','items':{'type':'string'},'maxItems':1}|['a','b']|spec.x: Too many: 2:"
            + " must have at most 1 item",
        "{'type':'array','items':{'type':'string'},'uniqueItems':true}|['a','a']|spec.x: Invalid"
            + " value: \"\": spec.x in body shouldn't contain duplicates",
        "{'type':'array','items':{'type':'string'}}|['a',1]|spec.x[1]: Invalid value: \"integer\":"
            + " spec.x[1] in body must be of type string: \"integer\"",
        "{'type':'array','items':{'type':'object','properties':{'n':{'type':'string'}}}}|[{'n':1}]|spec.x[0].n:"
            + " Invalid value: \"integer\": spec.x[0].n in body must be of type string:"
            + " \"integer\"",
        "{'type':'object','additionalProperties':{'type':'string'}}|{'k':1}|spec.x.k: Invalid"
            + " value: \"integer\": spec.x.k in body must be of type string: \"integer\"",
        "{'type':'object','properties':{'a':{'type':'string'}},'required':['a']}|{}|spec.x.a:"
            + " Required value",
        "{'type':'object','additionalProperties':{'type':'string'},'minProperties':1}|{}|spec.x:"
            + " Invalid value: 0: spec.x in body should have at least 1 properties",
        "{'type':'object','additionalProperties':{'type':'string'},'maxProperties':1}|{'a':'','b':''}|spec.x:"
            + " Too many: 2: must have at most 1 item",
        "{'type':'object','additionalProperties':false}|{'k':1}|spec.x: Invalid value: \"k\":"
            + " spec.x.k in body is a forbidden property",
        "{'type':'integer','not':{'minimum':5}}|6|spec.x: Invalid value: \"\": \"spec.x\" must not"
            + " validate the schema (not)"
      })
  void wordsErrorsAsKubeApiserver(String schema, String value, String message) {
    assertThat(errors(schema, value)).containsExactly(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'integer'}|1.0",
        "{'type':'number'}|1",
        "{'type':'integer','maximum':10}|10",
        "{'type':'integer','multipleOf':5}|-15",
        "{'type':'integer','format':'int64'}|9223372036854775807",
        "{'type':'string','maxLength':1}|'😀'",
        "{'type':'string','nullable':true}|null",
        "{'x-kubernetes-int-or-string':true}|'50%'",
        "{'x-kubernetes-int-or-string':true,'anyOf':[{'type':'integer'},{'type':'string'}]}|5",
        "{'type':'number','enum':[1,2]}|1.0",
        "{'type':'string','format':'no-such-format'}|'x'",
        "{'type':'string','pattern':'b'}|'abc'",
        "{'type':'array','items':{'type':'string'},'uniqueItems':true}|['a','b']",
        "{'type':'object','x-kubernetes-preserve-unknown-fields':true}|{'any':['thing']}",
        "{'x-kubernetes-preserve-unknown-fields':true}|'anything'"
      })
  void acceptsWhatIsAllowed(String schema, String value) {
    assertThat(errors(schema, value)).isEmpty();
  }

  @Test
  void explainsCombinationsThatFail() {
    assertThat(errors("{'type':'integer','allOf':[{'minimum':5},{'maximum':7}]}", "8"))
        .containsExactly(
            "spec.x: Invalid value: 8: spec.x in body should be less than or equal to 7",
            "spec.x: Invalid value: \"\": \"spec.x\" must validate all the schemas (allOf)");
    assertThat(errors("{'type':'integer','anyOf':[{'minimum':5},{'maximum':2}]}", "3"))
        .containsExactly(
            "spec.x: Invalid value: \"\": \"spec.x\" must validate at least one schema (anyOf)",
            "spec.x: Invalid value: 3: spec.x in body should be greater than or equal to 5");
    String oneOf =
        "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'string'}},"
            + "'oneOf':[{'required':['a']},{'required':['b']}]}";
    assertThat(errors(oneOf, "{'a':'','b':''}"))
        .containsExactly(
            "spec.x: Invalid value: \"\": \"spec.x\" must validate one and only one schema (oneOf)."
                + " Found 2 valid alternatives");
    assertThat(errors(oneOf, "{}"))
        .containsExactly(
            "spec.x: Invalid value: \"\": \"spec.x\" must validate one and only one schema (oneOf)."
                + " Found none valid",
            "spec.x.a: Required value");
    assertThat(errors(oneOf, "{'b':''}")).isEmpty();
  }

  @Test
  void reportsDuplicatesInSetsAndMaps() {
    assertThat(
            errors(
                "{'type':'array','items':{'type':'string'},'x-kubernetes-list-type':'set'}",
                "['a','b','a','a']"))
        .containsExactly("spec.x[2]: Duplicate value: \"a\"");
    String map =
        "{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['p','n'],"
            + "'items':{'type':'object','properties':{'p':{'type':'integer'},'n':{'type':'string'}}}}";
    assertThat(errors(map, "[{'p':1,'n':'a'},{'p':1,'n':'b'},{'n':'a','p':1.0}]"))
        .containsExactly("spec.x[2]: Duplicate value: {\"p\":1.0,\"n\":\"a\"}");
  }

  @Test
  void checksMetadataWhateverTheSchemaSays() {
    var schema = StructuralSchema.parse(json("{'type':'object'}"));
    assertThat(
            messages(
                schema.validate(
                    json("{'metadata':{'name':5,'labels':{'a':1},'creationTimestamp':null}}"),
                    null)))
        .containsExactly(
            "metadata.name: Invalid value: \"integer\": metadata.name in body must be of type"
                + " string: \"integer\"",
            "metadata.labels.a: Invalid value: \"integer\": metadata.labels.a in body must be of"
                + " type string: \"integer\"");
  }

  @Test
  void checksEmbeddedResources() {
    String schema =
        "{'type':'object','x-kubernetes-embedded-resource':true,"
            + "'x-kubernetes-preserve-unknown-fields':true}";
    assertThat(errors(schema, "{'apiVersion':'v1','kind':'Pod','spec':{'a':1}}")).isEmpty();
    assertThat(errors(schema, "{'apiVersion':'a/b/c','metadata':{'labels':{'-':'b'}}}"))
        .satisfiesExactly(
            e ->
                assertThat(e)
                    .isEqualTo(
                        "spec.x.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion"
                            + " string: a/b/c"),
            e -> assertThat(e).isEqualTo("spec.x.kind: Required value"),
            e -> assertThat(e).startsWith("spec.x.metadata.labels: Invalid value: \"-\": name"));
  }

  @Test
  void leavesAloneWhatDidNotChange() {
    var schema =
        specX(
            "{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['n'],"
                + "'items':{'type':'object','properties':{'n':{'type':'string'},"
                + "'v':{'type':'integer','maximum':5}}}}");
    JsonNode old = json("{'spec':{'x':[{'n':'a','v':9},{'n':'b','v':1}]}}");
    JsonNode moved = json("{'spec':{'x':[{'n':'b','v':2},{'n':'a','v':9}]}}");
    JsonNode worse = json("{'spec':{'x':[{'n':'a','v':10}]}}");
    assertThat(schema.validate(moved, old)).isEmpty();
    assertThat(schema.validate(moved, null)).hasSize(1);
    assertThat(schema.validate(worse, old)).hasSize(1);
  }

  @Test
  void boundsTheNumberOfErrors() {
    List<String> items = new ArrayList<>(Collections.nCopies(10_000, "1"));
    assertThat(errors("{'type':'array','items':{'type':'string'}}", items.toString())).hasSize(100);
  }

  @Test
  void prunesUnknownFields() {
    var schema =
        StructuralSchema.parse(
            json(
                """
                {'type':'object','properties':{'spec':{'type':'object','properties':{
                  'list':{'type':'array','items':{'type':'object','properties':{'a':{'type':'string'}}}},
                  'map':{'type':'object','additionalProperties':{'type':'object','properties':{'b':{'type':'string'}}}},
                  'open':{'type':'object','x-kubernetes-preserve-unknown-fields':true,'properties':{
                    'closed':{'type':'object','properties':{'c':{'type':'string'}}}}},
                  'res':{'type':'object','x-kubernetes-embedded-resource':true,'properties':{'spec':{'type':'object'}}}}}}}
                """));
    String text =
        """
        {'apiVersion':'v1','kind':'K','metadata':{'name':'n','bogus':1,'ownerReferences':[{'uid':'u','x':1}]},
         'extra':1,'spec':{'nope':{},'list':[{'a':'','z':1},{}],'map':{'k':{'b':'','z':1}},
          'open':{'any':{'thing':[{'q':1}]},'closed':{'c':'','z':1}},
          'res':{'apiVersion':'v1','kind':'P','metadata':{'name':'m','z':1},'spec':{'z':1},'z':1}}}
        """;
    ObjectNode object = object(text);
    assertThat(schema.unknownFields(object))
        .containsExactly(
            "unknown field \"extra\"",
            "unknown field \"metadata.bogus\"",
            "unknown field \"metadata.ownerReferences[0].x\"",
            "unknown field \"spec.list[0].z\"",
            "unknown field \"spec.map.k.z\"",
            "unknown field \"spec.nope\"",
            "unknown field \"spec.open.closed.z\"",
            "unknown field \"spec.res.metadata.z\"",
            "unknown field \"spec.res.spec.z\"",
            "unknown field \"spec.res.z\"");
    assertThat(object).isEqualTo(object(text));
    schema.prune(object);
    assertThat(object)
        .isEqualTo(
            json(
                """
                {'apiVersion':'v1','kind':'K','metadata':{'name':'n','ownerReferences':[{'uid':'u'}]},
                 'spec':{'list':[{'a':''},{}],'map':{'k':{'b':''}},
                  'open':{'any':{'thing':[{'q':1}]},'closed':{'c':''}},
                  'res':{'apiVersion':'v1','kind':'P','metadata':{'name':'m'},'spec':{}}}}
                """));
    assertThat(schema.unknownFields(object)).isEmpty();
  }

  @Test
  void fillsInDefaults() {
    var schema =
        specX(
            """
            {'type':'object','default':{},'properties':{
              'a':{'type':'integer','default':1},
              'b':{'type':'string','default':'z','nullable':true},
              'c':{'type':'string'},
              'l':{'type':'array','items':{'type':'object','properties':{'d':{'type':'string','default':'q'}}}},
              'm':{'type':'object','additionalProperties':{'type':'object','properties':{'d':{'type':'string','default':'q'}}}}}}
            """);
    ObjectNode empty = object("{'spec':{}}");
    schema.applyDefaults(empty);
    assertThat(empty).isEqualTo(json("{'spec':{'x':{'a':1,'b':'z'}}}"));
    ObjectNode given =
        object("{'spec':{'x':{'a':null,'b':null,'c':null,'l':[{},{'d':'e'}],'m':{'k':{}}}}}");
    schema.applyDefaults(given);
    assertThat(given)
        .isEqualTo(
            json("{'spec':{'x':{'a':1,'b':null,'l':[{'d':'q'},{'d':'e'}],'m':{'k':{'d':'q'}}}}}"));
  }

  @Test
  void doesNotShareDefaultsBetweenObjects() {
    var schema =
        specX("{'type':'object','default':{'a':{}},'x-kubernetes-preserve-unknown-fields':true}");
    ObjectNode one = object("{'spec':{}}");
    schema.applyDefaults(one);
    ((ObjectNode) one.at("/spec/x/a")).put("changed", true);
    ObjectNode two = object("{'spec':{}}");
    schema.applyDefaults(two);
    assertThat(two).isEqualTo(json("{'spec':{'x':{'a':{}}}}"));
  }

  @Test
  void followsReferencesOfBuiltInKindsEvenInCircles() {
    var schema = builtIn();
    assertThat(
            schema.unknownFields(
                object("{'spec':{'children':[{'children':[{'nope':1}]}],'raw':{'any':1}}}")))
        .containsExactly("unknown field \"spec.children[0].children[0].nope\"");
    assertThat(
            messages(
                schema.validate(
                    json("{'metadata':{'name':'a'},'spec':{'children':[{'port':true}]}}"), null)))
        .containsExactly(
            "spec.children[0].port: Invalid value: \"boolean\": spec.children[0].port in body must"
                + " be of type integer,string: \"boolean\"",
            "spec.children[0].name: Required value",
            "spec.name: Required value");
  }

  @Test
  void takesNullForAbsentInBuiltInKinds() {
    var schema = builtIn();
    ObjectNode object =
        object("{'metadata':{'labels':null},'spec':{'name':'a','children':null,'any':null}}");
    assertThat(schema.validate(object, null)).isEmpty();
    schema.prune(object);
    assertThat(object).isEqualTo(json("{'metadata':{},'spec':{'name':'a','any':null}}"));
    schema.applyDefaults(object);
    assertThat(object)
        .isEqualTo(json("{'metadata':{},'spec':{'name':'a','any':null,'protocol':'TCP'}}"));
  }

  @Test
  void takesNullInAListOfABuiltInKindForAnItemThatSaysNothing() {
    var schema = builtIn();
    ObjectNode object =
        object("{'metadata':{},'spec':{'name':'a','children':[null,{'name':'b'}]}}");
    schema.prune(object);
    assertThat(object.at("/spec/children")).isEqualTo(json("[{},{'name':'b'}]"));
    assertThat(messages(schema.validate(object, null)))
        .containsExactly("spec.children[0].name: Required value");
    ObjectNode owned = object("{'metadata':{'finalizers':[null]},'spec':{'name':'a'}}");
    schema.prune(owned);
    assertThat(owned.at("/metadata/finalizers")).isEqualTo(json("['']"));
  }

  private static StructuralSchema builtIn() {
    Map<String, String> schemas =
        Map.of(
            "#/components/schemas/Kind",
            "{'type':'object','properties':{'apiVersion':{'type':'string'},'kind':{'type':'string'},"
                + "'metadata':{'allOf':[{'$ref':'#/components/schemas/Meta'}],'default':{}},"
                + "'spec':{'allOf':[{'$ref':'#/components/schemas/Spec'}],'default':{}}}}",
            "#/components/schemas/Meta",
            "{'type':'object','properties':{'name':{'type':'string'}}}",
            "#/components/schemas/Spec",
            "{'type':'object','required':['name'],'properties':{'name':{'type':'string','default':''},"
                + "'port':{'$ref':'#/components/schemas/IntOrString'},"
                + "'protocol':{'type':'string','default':'TCP'},"
                + "'raw':{'$ref':'#/components/schemas/Raw'},'any':{},"
                + "'children':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['name'],"
                + "'items':{'$ref':'#/components/schemas/Spec'}}}}",
            "#/components/schemas/IntOrString",
            "{'format':'int-or-string','oneOf':[{'type':'integer'},{'type':'string'}]}",
            "#/components/schemas/Raw",
            "{'type':'object'}");
    return StructuralSchema.parse(
        json("{'$ref':'#/components/schemas/Kind'}"), ref -> json(lookUp(schemas, ref)));
  }

  private static String lookUp(Map<String, String> schemas, String ref) {
    @Nullable String schema = schemas.get(ref);
    if (schema == null) {
      throw new IllegalArgumentException(ref);
    }
    return schema;
  }

  @Test
  void refusesReferencesInCustomResources() {
    assertThatThrownBy(() -> specX("{'$ref':'#/x'}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no schema is known by the name #/x");
    assertThatThrownBy(
            () -> StructuralSchema.parse(json("{'$ref':'a'}"), _ -> json("{'$ref':'a'}")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void tellsHowListsAndMapsMerge() {
    var schema =
        specX(
            "{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['n'],"
                + "'items':{'type':'object','x-kubernetes-map-type':'atomic'}}");
    var list = schema.field("spec").flatMap(s -> s.field("x")).orElseThrow();
    assertThat(list.listType()).isEqualTo("map");
    assertThat(list.listMapKeys()).containsExactly("n");
    assertThat(list.items().orElseThrow().isAtomicMap()).isTrue();
    assertThat(schema.field("nope")).isEmpty();
  }

  @Test
  void findsDuplicatesInLongLists() {
    // Quadratic comparison of this many would take minutes.
    var list = Json.array();
    IntStream.range(0, 200_000).forEach(list::add);
    assertThat(ListItems.duplicates(list)).isEmpty();
    list.add(7);
    assertThat(ListItems.duplicates(list)).containsExactly(200_000);
  }
}
