package io.croft.model.schema;

import static io.croft.model.JsonTexts.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.model.FieldError;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StructuralRulesTest {
  private static List<String> errors(String schema) {
    return StructuralSchema.structuralErrors(json(schema), "s").stream()
        .map(FieldError::message)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'object','x-kubernetes-preserve-unknown-fields':true}",
        "{'type':'object','properties':{'metadata':{'type':'object','properties':{'name':{'type':'string','maxLength':5}}}}}",
        "{'type':'object','properties':{'p':{'x-kubernetes-int-or-string':true,'anyOf':[{'type':'integer'},{'type':'string'}],'pattern':'^a'}}}",
        "{'type':'object','properties':{'p':{'x-kubernetes-int-or-string':true,'allOf':[{'anyOf':[{'type':'integer'},{'type':'string'}]},{'pattern':'a'}]}}}",
        "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'string'}},'oneOf':[{'required':['a']},{'properties':{'b':{'minLength':1}}}]}",
        "{'type':'object','properties':{'r':{'type':'object','x-kubernetes-embedded-resource':true,'x-kubernetes-preserve-unknown-fields':true}}}",
        "{'type':'object','properties':{'l':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['n'],'items':{'type':'object','required':['n'],'properties':{'n':{'type':'string'}}}}}}",
        "{'type':'object','properties':{'d':{'type':'integer','default':3,'maximum':3}}}"
      })
  void acceptsStructuralSchemas(String schema) {
    assertThat(errors(schema)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}|s.type: Required value: must not be empty at the root",
        "{'type':'string'}|s.type: Invalid value: \"string\": must be object at the root",
        "{'type':'object','additionalProperties':{'type':'string'}}|s.additionalProperties:"
            + " Forbidden: must not be used at the root",
        "{'type':'object','properties':{'a':{}}}|s.properties[a].type: Required value: must not be"
            + " empty for specified object fields",
        "{'type':'object','properties':{'a':{'type':'array'}}}|s.properties[a].items: Required"
            + " value: must be specified",
        "{'type':'object','properties':{'a':{'type':'array','items':{}}}}|s.properties[a].items.type:"
            + " Required value: must not be empty for specified array items",
        "{'type':'object','properties':{'a':{'type':'text'}}}|s.properties[a].type: Unsupported"
            + " value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\","
            + " \"object\", \"string\"",
        "{'type':'object','$ref':'x'}|s.$ref: Forbidden: $ref is not supported",
        "{'type':'object','properties':{'a':{'type':'object','patternProperties':{}}}}|s.properties[a].patternProperties:"
            + " Forbidden: patternProperties is not supported",
        "{'type':'object','properties':{'a':{'type':'array','uniqueItems':true,'items':{'type':'string'}}}}|s.properties[a].uniqueItems:"
            + " Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes"
            + " quadratic",
        "{'type':'object','properties':{'a':{'type':'string','pattern':'a(?=b)'}}}|s.properties[a].pattern:"
            + " Invalid value: \"a(?=b)\": must be a valid regular expression, but isn't: error"
            + " parsing regexp: invalid or unsupported Perl syntax: `(?=`",
        "{'type':'object','properties':{'a':{'type':'string'}},'anyOf':[{'properties':{'b':{'minLength':1}}}]}|s.properties[b]:"
            + " Required value: because it is defined in s.anyOf[0].properties[b]",
        "{'type':'object','properties':{'a':{'type':'string','not':{'type':'string'}}}}|s.properties[a].not.type:"
            + " Forbidden: must be empty to be structural",
        "{'type':'object','properties':{'a':{'type':'string','allOf':[{'description':'d'}]}}}|s.properties[a].allOf[0].description:"
            + " Forbidden: must be empty to be structural",
        "{'type':'object','properties':{'p':{'x-kubernetes-int-or-string':true,'oneOf':[{'type':'integer'}]}}}|s.properties[p].oneOf[0].type:"
            + " Forbidden: must be empty to be structural",
        "{'type':'object','properties':{'metadata':{'type':'object','properties':{'labels':{'type':'object'}}}}}|s.properties[metadata]:"
            + " Forbidden: must not specify anything other than name and generateName, but metadata"
            + " is implicitly specified",
        "{'type':'object','properties':{'a':{'x-kubernetes-int-or-string':true,'x-kubernetes-preserve-unknown-fields':true}}}|s.properties[a].x-kubernetes-preserve-unknown-fields:"
            + " Invalid value: true: must be false if x-kubernetes-int-or-string is true",
        "{'type':'object','properties':{'a':{'type':'object','x-kubernetes-embedded-resource':true}}}|s.properties[a].properties:"
            + " Required value: must not be empty if x-kubernetes-embedded-resource is true without"
            + " x-kubernetes-preserve-unknown-fields",
        "{'type':'object','x-kubernetes-preserve-unknown-fields':false}|s.x-kubernetes-preserve-unknown-fields:"
            + " Invalid value: false: must be true or undefined",
        "{'type':'object','properties':{'a':{'type':'object','properties':{'b':{'type':'string'}},'additionalProperties':{'type':'string'}}}}|s.properties[a].additionalProperties:"
            + " Forbidden: additionalProperties and properties are mutual exclusive",
        "{'type':'object','properties':{'l':{'type':'array','x-kubernetes-list-type':'map','items':{'type':'object'}}}}|s.properties[l].x-kubernetes-list-map-keys:"
            + " Required value: must not be empty if x-kubernetes-list-type is map",
        "{'type':'object','properties':{'l':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['n'],'items':{'type':'object'}}}}|s.properties[l].x-kubernetes-list-map-keys:"
            + " Invalid value: [\"n\"]: entries must all be names of item properties",
        "{'type':'object','properties':{'l':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['n'],'items':{'type':'object','properties':{'n':{'type':'string'}}}}}}|s.properties[l].items.properties[n].default:"
            + " Required value: this property is in x-kubernetes-list-map-keys, so it must have a"
            + " default or be a required property",
        "{'type':'object','properties':{'l':{'type':'array','x-kubernetes-list-type':'set','items':{'type':'object'}}}}|s.properties[l].items.x-kubernetes-map-type:"
            + " Invalid value: \"\": must be atomic as item of a list with"
            + " x-kubernetes-list-type=set",
        "{'type':'object','properties':{'l':{'type':'string','x-kubernetes-list-type':'set'}}}|s.properties[l].type:"
            + " Invalid value: \"string\": must be array if x-kubernetes-list-type is specified",
        "{'type':'object','properties':{'d':{'type':'integer','default':'a'}}}|s.properties[d].default:"
            + " Invalid value: \"string\": s.properties[d].default in body must be of type integer:"
            + " \"string\"",
        "{'type':'object','properties':{'d':{'type':'object','default':{'z':1}}}}|s.properties[d].default:"
            + " Invalid value: {\"z\":1}: must not have unknown fields",
        "{'type':'object','properties':{'apiVersion':{'type':'string','default':'v1'}}}|s.properties[apiVersion].default:"
            + " Forbidden: must not be set in top-level apiVersion"
      })
  void explainsWhatIsNotStructural(String schema, String message) {
    assertThat(errors(schema)).containsExactly(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?!a)", "(?<=a)", "a++", "a*+", "(?>a)", "\\\\1", "[a", "(a", "a{1001}", "(?<!b)c"
      })
  void refusesPatternsThatRe2DoesNotKnow(String pattern) {
    assertThat(
            errors(
                "{'type':'object','properties':{'a':{'type':'string','pattern':'"
                    + pattern
                    + "'}}}"))
        .singleElement()
        .asString()
        .contains("must be a valid regular expression, but isn't: error parsing regexp");
  }
}
