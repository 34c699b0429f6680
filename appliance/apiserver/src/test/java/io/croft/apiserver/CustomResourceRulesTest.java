package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `x-kubernetes-validations` of custom resources.
final class CustomResourceRulesTest {
  private static final String CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String GADGETS = "/apis/example.com/v1/namespaces/default/gadgets";

  @TempDir Path directory;
  private TestApi api;

  @BeforeEach
  void start() {
    api = new TestApi(directory);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private static String crd(String rootRules, String specSchema) {
    return """
    {"metadata":{"name":"gadgets.example.com"},"spec":{"group":"example.com","scope":"Namespaced",
     "names":{"plural":"gadgets","kind":"Gadget"},"versions":[{"name":"v1","served":true,"storage":true,
     "subresources":{"status":{}},
     "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-validations":%s,"properties":{
       "spec":%s,
       "status":{"type":"object","x-kubernetes-validations":[{"rule":"self.ready >= 0"}],
         "properties":{"ready":{"type":"integer"}}}}}}}]}}
    """
        .formatted(rootRules, specSchema);
  }

  private static String gadget(String spec) {
    return "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Gadget\",\"metadata\":{\"name\":\"g\"},\"spec\":%s}"
        .formatted(spec);
  }

  private void define(String rootRules, String specSchema) {
    TestApi.Answer answer = api.post(CRDS, crd(rootRules, specSchema));
    assertThat(answer.code()).as(answer.body().toString()).isEqualTo(201);
  }

  @Test
  void refusesWhatARuleRefuses() {
    define(
        "[{\"rule\":\"self.metadata.name.startsWith('g')\"}]",
        """
        {"type":"object","properties":{
          "min":{"type":"integer","x-kubernetes-validations":[
            {"rule":"self % 2 == 0","messageExpression":"'%d is odd'.format([self])"}]},
          "max":{"type":"integer"},
          "words":{"type":"array","items":{"type":"string","x-kubernetes-validations":[
            {"rule":"self != 'bad'","reason":"FieldValueForbidden"}]}},
          "labels":{"type":"object","additionalProperties":{"type":"integer","x-kubernetes-validations":[
            {"rule":"self > 0"}]}}},
         "x-kubernetes-validations":[
          {"rule":"!has(self.max) || self.min <= self.max","message":"min must not exceed max",
           "fieldPath":".min","reason":"FieldValueInvalid"}]}
        """);
    assertThat(api.post(GADGETS, gadget("{\"min\":3,\"max\":9}")).text("message"))
        .isEqualTo("Gadget.example.com \"g\" is invalid: spec.min: Invalid value: 3: 3 is odd");
    var crossed = api.post(GADGETS, gadget("{\"min\":4,\"max\":2}"));
    assertThat(crossed.code()).isEqualTo(422);
    assertThat(crossed.text("message"))
        .isEqualTo(
            "Gadget.example.com \"g\" is invalid: spec.min: Invalid value: min must not exceed"
                + " max");
    assertThat(crossed.body().path("details").path("causes").path(0).path("field").asText())
        .isEqualTo("spec.min");
    assertThat(api.post(GADGETS, gadget("{\"words\":[\"x\",\"bad\"]}")).text("message"))
        .endsWith("spec.words[1]: Forbidden: failed rule: self != 'bad'");
    assertThat(api.post(GADGETS, gadget("{\"labels\":{\"a.b\":0}}")).text("message"))
        .endsWith("spec.labels[a.b]: Invalid value: 0: failed rule: self > 0");
    assertThat(api.post(GADGETS, gadget("{}").replace("\"g\"", "\"x\"")).text("message"))
        .endsWith("<nil>: Invalid value: failed rule: self.metadata.name.startsWith('g')");
    assertThat(api.post(GADGETS, gadget("{\"min\":2,\"max\":2}")).code()).isEqualTo(201);
    assertThat(api.patch(GADGETS + "/g", "merge-patch", "{\"spec\":{\"min\":8}}").text("message"))
        .contains("min must not exceed max");
    assertThat(
            api.patch(GADGETS + "/g/status", "merge-patch", "{\"status\":{\"ready\":-1}}")
                .text("message"))
        .contains("status: Invalid value: failed rule: self.ready >= 0");
  }

  @Test
  void saysThatRulesWereNotAskedOfAnObjectOfTheWrongShape() {
    define(
        "[]",
        "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},"
            + "\"x-kubernetes-validations\":[{\"rule\":\"self.n > 0\"}]}");
    assertThat(api.post(GADGETS, gadget("{\"n\":\"x\"}")).text("message"))
        .contains("some validation rules were not checked because the object was invalid")
        .doesNotContain("failed rule");
    assertThat(api.post(GADGETS, gadget("{}")).text("message"))
        .contains("spec: Invalid value: \"object\": no such key: n evaluating rule: self.n > 0");
  }

  @Test
  void comparesWithTheOldValue() {
    define(
        "[]",
        """
        {"type":"object","properties":{
          "fixed":{"type":"string","x-kubernetes-validations":[{"rule":"self == oldSelf","message":"is immutable"}]},
          "once":{"type":"integer","x-kubernetes-validations":[
            {"rule":"oldSelf.hasValue() || self == 1","optionalOldSelf":true,"message":"starts at 1"}]},
          "items":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],
            "items":{"type":"object","required":["k"],"properties":{"k":{"type":"string"},
              "v":{"type":"integer","x-kubernetes-validations":[{"rule":"self >= oldSelf"}]}}}}}}
        """);
    assertThat(api.post(GADGETS, gadget("{\"once\":2}")).text("message")).contains("starts at 1");
    var created =
        api.post(
            GADGETS,
            gadget(
                "{\"fixed\":\"a\",\"once\":1,\"items\":[{\"k\":\"x\",\"v\":5},{\"k\":\"y\",\"v\":1}]}"));
    assertThat(created.code()).isEqualTo(201);
    assertThat(
            api.patch(GADGETS + "/g", "merge-patch", "{\"spec\":{\"fixed\":\"b\",\"once\":2}}")
                .text("message"))
        .endsWith("spec.fixed: Invalid value: \"b\": is immutable");
    assertThat(
            api.patch(
                    GADGETS + "/g",
                    "merge-patch",
                    "{\"spec\":{\"items\":[{\"k\":\"y\",\"v\":2},{\"k\":\"x\",\"v\":4}]}}")
                .text("message"))
        .endsWith("spec.items[1].v: Invalid value: 4: failed rule: self >= oldSelf");
    assertThat(
            api.patch(
                    GADGETS + "/g", "merge-patch", "{\"spec\":{\"items\":[{\"k\":\"z\",\"v\":0}]}}")
                .code())
        .isEqualTo(200);
  }

  /// KEP-4008.
  @Test
  void letsWhatWasWrongBeforeStayAsItIs() {
    String spec =
        "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"%s},\"m\":{\"type\":\"integer\"},"
            + "\"list\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"%s}}}}";
    define("[]", spec.formatted("", ""));
    api.post(GADGETS, gadget("{\"n\":1,\"list\":[1,2]}"));
    var stricter =
        api.patch(
            CRDS + "/gadgets.example.com",
            "json-patch",
            "[{\"op\":\"replace\",\"path\":\"/spec/versions/0/schema/openAPIV3Schema/properties/spec\",\"value\":%s}]"
                .formatted(
                    spec.formatted(
                        ",\"x-kubernetes-validations\":[{\"rule\":\"self > 5\"}]",
                        ",\"x-kubernetes-validations\":[{\"rule\":\"self > 5\"}]")));
    assertThat(stricter.code()).as(stricter.body().toString()).isEqualTo(200);
    assertThat(api.patch(GADGETS + "/g", "merge-patch", "{\"spec\":{\"m\":1}}").code())
        .isEqualTo(200);
    assertThat(api.patch(GADGETS + "/g", "merge-patch", "{\"spec\":{\"n\":2}}").text("message"))
        .endsWith("spec.n: Invalid value: 2: failed rule: self > 5");
    assertThat(
            api.patch(GADGETS + "/g", "merge-patch", "{\"spec\":{\"list\":[1,2,9]}}")
                .text("message"))
        .contains("spec.list[0]: Invalid value: 1", "spec.list[1]: Invalid value: 2");
  }

  @ParameterizedTest
  @CsvSource({"1001,true", "1,self == self"})
  void refusesMoreRulesThanCanBeCompiledInTime(int count, String rule) {
    String text = count == 1 ? rule + " ".repeat(1 << 18) : rule;
    String rules = ("{\"rule\":\"" + text + "\"},").repeat(count);
    var answer =
        api.post(
            CRDS, crd("[" + rules.substring(0, rules.length() - 1) + "]", "{\"type\":\"object\"}"));
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.text("message"))
        .contains("there may be at most 1000 rules of 262144 characters together");
  }

  @Test
  void stopsARuleThatIsTooDear() {
    define(
        "[]",
        "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"x-kubernetes-validations\":[{\"rule\":\"lists.range(5000).all(x,"
            + " lists.range(5000).all(y, x + y >= 0))\"}]}}}");
    assertThat(api.post(GADGETS, gadget("{\"n\":1}")).text("message"))
        .contains(
            "no further validation rules will be run due to call cost exceeds limit for rule");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"rule":"self.nope"}                          | properties[spec].x-kubernetes-validations[0].rule | undefined field 'nope'
          {"rule":"self.n"}                             | properties[spec].x-kubernetes-validations[0].rule | cel expression must evaluate to a bool
          {"rule":" "}                                  | properties[spec].x-kubernetes-validations[0].rule | Required value: rule is not specified
          {"rule":"true","messageExpression":"1"}       | x-kubernetes-validations[0].messageExpression | messageExpression must evaluate to a string
          {"rule":"true","message":"a\\nb"}             | x-kubernetes-validations[0].message | must not contain line breaks
          {"rule":"true","reason":"Because"}            | x-kubernetes-validations[0].reason | Unsupported value: "Because"
          {"rule":"true","fieldPath":".nope"}           | x-kubernetes-validations[0].fieldPath | must be a valid path
          {"rule":"true","optionalOldSelf":true}        | x-kubernetes-validations[0].optionalOldSelf | may not be set if oldSelf is not used in rule
          """)
  void refusesRulesThatAreNone(String rule, String field, String message) {
    var answer =
        api.post(
            CRDS,
            crd(
                "[]",
                "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"x-kubernetes-validations\":["
                    + rule
                    + "]}"));
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.text("message")).contains(field).contains(message);
  }

  @Test
  void refusesTransitionRulesWhereThereIsNoTellingWhatWasBefore() {
    var answer =
        api.post(
            CRDS,
            crd(
                "[]",
                "{\"type\":\"object\",\"properties\":{\"list\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"x-kubernetes-validations\":[{\"rule\":\"self"
                    + " >= oldSelf\"}]}}}}"));
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.text("message"))
        .contains(
            "oldSelf cannot be used on the uncorrelatable portion of the schema within"
                + " spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[list]");
  }
}
