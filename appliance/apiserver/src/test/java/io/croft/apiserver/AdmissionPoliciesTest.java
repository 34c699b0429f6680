package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.model.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `ValidatingAdmissionPolicy`s and their bindings.
final class AdmissionPoliciesTest {
  private static final String GROUP = "/apis/admissionregistration.k8s.io/v1/";
  private static final String POLICIES = GROUP + "validatingadmissionpolicies";
  private static final String BINDINGS = GROUP + "validatingadmissionpolicybindings";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String ABOUT_MAPS =
      "\"matchConstraints\":{\"resourceRules\":[{\"apiGroups\":[\"\"],\"apiVersions\":[\"v1\"],"
          + "\"operations\":[\"CREATE\",\"UPDATE\",\"DELETE\"],\"resources\":[\"configmaps\"]}]}";

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

  private void policy(String name, String rest) {
    var answer =
        api.post(
            POLICIES,
            "{\"metadata\":{\"name\":\"%s\"},\"spec\":{%s,%s}}".formatted(name, ABOUT_MAPS, rest));
    assertThat(answer.code()).as(answer.body().toString()).isEqualTo(201);
  }

  private void bind(String policy, String rest) {
    var answer =
        api.post(
            BINDINGS,
            "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"policyName\":\"%s\",%s}}"
                .formatted(policy, rest));
    assertThat(answer.code()).as(answer.body().toString()).isEqualTo(201);
  }

  private TestApi.Answer create(String name, String data) {
    return api.post(MAPS, "{\"metadata\":{\"name\":\"%s\"},\"data\":%s}".formatted(name, data));
  }

  @Test
  void refusesWhatAPolicyRefuses() {
    policy(
        "short",
        """
        "variables":[{"name":"n","expression":"size(object.data)"},{"name":"twice","expression":"variables.n * 2"}],
        "matchConditions":[{"name":"not-delete","expression":"request.operation != 'DELETE'"}],
        "validations":[
          {"expression":"variables.twice <= 2","messageExpression":"'%d entries'.format([variables.n])","reason":"Forbidden"},
          {"expression":"object.metadata.name != 'second'","message":"not this one"}]
        """);
    assertThat(create("free", "{\"a\":\"1\",\"b\":\"2\"}").code()).isEqualTo(201);
    bind("short", "\"validationActions\":[\"Deny\"]");
    var refused = create("x", "{\"a\":\"1\",\"b\":\"2\"}");
    assertThat(refused.code()).isEqualTo(403);
    assertThat(refused.text("reason")).isEqualTo("Forbidden");
    assertThat(refused.text("message"))
        .isEqualTo(
            "configmaps \"x\" is forbidden: ValidatingAdmissionPolicy 'short' with binding 'b'"
                + " denied request: 2 entries");
    var second = create("second", "{}");
    assertThat(second.code()).isEqualTo(422);
    assertThat(second.text("reason")).isEqualTo("Invalid");
    assertThat(second.text("message")).endsWith("denied request: not this one");
    assertThat(create("fine", "{\"a\":\"1\"}").code()).isEqualTo(201);
    assertThat(api.patch(MAPS + "/fine", "merge-patch", "{\"data\":{\"b\":\"2\"}}").code())
        .isEqualTo(403);
    assertThat(api.delete(MAPS + "/free").code()).isEqualTo(200);
    api.delete(BINDINGS + "/b");
    assertThat(create("x", "{\"a\":\"1\",\"b\":\"2\"}").code()).isEqualTo(201);
  }

  @Test
  void seesTheRequestTheNamespaceAndWhatTheUserMayDo() {
    api.post(
        "/api/v1/namespaces", "{\"metadata\":{\"name\":\"team\",\"labels\":{\"tier\":\"gold\"}}}");
    policy(
        "all",
        """
        "validations":[
          {"expression":"request.userInfo.username == 'alice' && 'system:authenticated' in request.userInfo.groups"},
          {"expression":"request.kind.kind == 'ConfigMap' && request.resource.resource == 'configmaps' && request.namespace == 'team'"},
          {"expression":"namespaceObject.metadata.labels['tier'] == 'gold'"},
          {"expression":"oldObject == null && object.kind == 'ConfigMap'"},
          {"expression":"authorizer.group('').resource('pods').namespace('team').check('delete').allowed()"},
          {"expression":"authorizer.requestResource.check('create').allowed() && authorizer.path('/healthz').check('get').reason() == 'test'"},
          {"expression":"authorizer.serviceAccount('team', 'default').group('').resource('pods').check('get').allowed()"}]
        """);
    bind("all", "\"validationActions\":[\"Deny\"]");
    var created = api.post("/api/v1/namespaces/team/configmaps", "{\"metadata\":{\"name\":\"x\"}}");
    assertThat(created.code()).as(created.body().toString()).isEqualTo(201);
  }

  @Test
  void seesTheManagedFieldsOfWhatIsStored() {
    create("limits", "{\"most\":\"1\"}");
    create("one", "{\"a\":\"1\"}");
    policy(
        "fields",
        """
        "paramKind":{"apiVersion":"v1","kind":"ConfigMap"},
        "validations":[
          {"expression":"oldObject.metadata.managedFields.size() == 1"},
          {"expression":"oldObject.metadata.managedFields[0].operation == 'Update'"},
          {"expression":"object.metadata.managedFields.size() > 0"},
          {"expression":"params.metadata.managedFields[0].operation == 'Update'"}]
        """);
    bind(
        "fields",
        "\"validationActions\":[\"Deny\"],\"paramRef\":{\"name\":\"limits\",\"parameterNotFoundAction\":\"Deny\"}");
    var patched = api.patch(MAPS + "/one", "merge-patch", "{\"data\":{\"b\":\"2\"}}");
    assertThat(patched.code()).as(patched.body().toString()).isEqualTo(200);
  }

  @Test
  void judgesByParameters() {
    create("limits", "{\"most\":\"1\"}");
    policy(
        "by-parameter",
        """
        "paramKind":{"apiVersion":"v1","kind":"ConfigMap"},
        "validations":[{"expression":"!has(object.data) || size(object.data) <= int(params.data.most)"}]
        """);
    bind(
        "by-parameter",
        "\"validationActions\":[\"Deny\"],\"paramRef\":{\"name\":\"limits\",\"parameterNotFoundAction\":\"Deny\"}");
    assertThat(create("two", "{\"a\":\"1\",\"b\":\"2\"}").text("message"))
        .endsWith(
            "denied request: failed expression: !has(object.data) || size(object.data) <="
                + " int(params.data.most)");
    assertThat(create("one", "{\"a\":\"1\"}").code()).isEqualTo(201);
    api.patch(MAPS + "/limits", "merge-patch", "{\"data\":{\"most\":\"2\",\"x\":null}}");
    api.delete(BINDINGS + "/b");
    bind(
        "by-parameter",
        "\"validationActions\":[\"Deny\"],\"paramRef\":{\"name\":\"nowhere\",\"parameterNotFoundAction\":\"Deny\"}");
    assertThat(create("three", "{}").text("message"))
        .endsWith("no params found for policy binding with `Deny` parameterNotFoundAction");
    api.delete(BINDINGS + "/b");
    bind(
        "by-parameter",
        "\"validationActions\":[\"Deny\"],\"paramRef\":{\"selector\":{\"matchLabels\":{\"no\":\"one\"}},\"parameterNotFoundAction\":\"Allow\"}");
    assertThat(create("three", "{\"a\":\"\",\"b\":\"\",\"c\":\"\"}").code()).isEqualTo(201);
  }

  @Test
  void warnsWhereABindingSaysSo() {
    policy("warning", "\"validations\":[{\"expression\":\"false\",\"message\":\"think again\"}]");
    bind("warning", "\"validationActions\":[\"Warn\",\"Audit\"]");
    var created = create("x", "{}");
    assertThat(created.code()).isEqualTo(201);
    assertThat(created.headers().all("warning").toString())
        .contains(
            "Validation failed for ValidatingAdmissionPolicy 'warning' with binding 'b': think"
                + " again");
  }

  @Test
  void notesForTheAuditLogWhatItIsToldTo() throws Exception {
    create("first", "{\"tag\":\"1\"}");
    create("second", "{\"tag\":\"2\"}");
    policy(
        "noting",
        """
        "paramKind":{"apiVersion":"v1","kind":"ConfigMap"},
        "matchConditions":[{"name":"new","expression":"object != null"}],
        "validations":[{"expression":"true"},{"expression":"size(object.data) == 0","message":"not empty"}],
        "auditAnnotations":[
          {"key":"size","valueExpression":"string(size(object.data)) + ' entries'"},
          {"key":"tags","valueExpression":"params.data.tag"},
          {"key":"none","valueExpression":"null"},
          {"key":"blank","valueExpression":"'  '"}]
        """);
    bind(
        "noting",
        "\"validationActions\":[\"Audit\"],\"paramRef\":{\"selector\":{},\"parameterNotFoundAction\":\"Deny\"}");
    assertThat(create("x", "{\"a\":\"1\"}").code()).isEqualTo(201);
    assertThat(api.annotations)
        .containsEntry("noting/size", "1 entries")
        .containsEntry("noting/tags", "1, 2")
        .hasSize(3);
    var failures =
        Json.parse(
            api.annotations
                .getOrDefault("validation.policy.admission.k8s.io/validation_failure", "")
                .getBytes(StandardCharsets.UTF_8));
    assertThat(failures.get(0).toString())
        .isEqualTo(
            "{\"message\":\"not"
                + " empty\",\"policy\":\"noting\",\"binding\":\"b\",\"expressionIndex\":1,"
                + "\"validationActions\":[\"Audit\"]}");
    assertThat(failures).hasSize(2);
    api.annotations.clear();
    api.delete(BINDINGS + "/b");
    assertThat(create("y", "{\"a\":\"1\"}").code()).isEqualTo(201);
    assertThat(api.annotations).isEmpty();
  }

  @Test
  void notesWhatItRefusesToo() {
    policy(
        "refusing",
        "\"validations\":[{\"expression\":\"oldObject =="
            + " null\"}],\"auditAnnotations\":[{\"key\":\"who\","
            + "\"valueExpression\":\"request.userInfo.username\"}]");
    bind("refusing", "\"validationActions\":[\"Deny\",\"Audit\"]");
    create("x", "{}");
    assertThat(api.annotations).containsOnlyKeys("refusing/who");
    assertThat(api.delete(MAPS + "/x").code()).isEqualTo(422);
    assertThat(api.annotations)
        .containsEntry("refusing/who", "alice")
        .containsKey("validation.policy.admission.k8s.io/validation_failure");
  }

  @Test
  void keepsTheListOfFailuresWhole() throws Exception {
    policy(
        "long",
        "\"validations\":[{\"expression\":\"false\",\"message\":\"%s\"}]"
            .formatted("m".repeat(3000)));
    for (int i = 0; i < 10; i++) {
      api.post(
          BINDINGS,
          "{\"metadata\":{\"name\":\"b%d\"},\"spec\":{\"policyName\":\"long\",\"validationActions\":[\"Audit\"]}}"
              .formatted(i));
    }
    assertThat(create("x", "{}").code()).isEqualTo(201);
    String text =
        api.annotations.getOrDefault("validation.policy.admission.k8s.io/validation_failure", "");
    assertThat(text.length()).isBetween(3000, 4096);
    assertThat(Json.parse(text.getBytes(StandardCharsets.UTF_8))).hasSize(3);
  }

  @Test
  void refusesWhatItCannotNote() {
    policy(
        "broken",
        "\"validations\":[{\"expression\":\"true\"}],\"auditAnnotations\":[{\"key\":\"k\",\"valueExpression\":\"object.data.x\"}]");
    bind("broken", "\"validationActions\":[\"Warn\"]");
    assertThat(create("x", "{\"a\":\"1\"}").text("message"))
        .endsWith("denied request: expression 'object.data.x' resulted in error: no such key: x");
  }

  @Test
  void warnsOfDeletionsToo() {
    create("x", "{}");
    policy(
        "warning",
        "\"validations\":[{\"expression\":\"object != null\",\"message\":\"think again\"}]");
    bind("warning", "\"validationActions\":[\"Warn\"]");
    assertThat(api.delete(MAPS + "/x").headers().all("warning").toString()).contains("think again");
  }

  @Test
  void letsTheFailurePolicyDecideWhatCannotBeFoundOut() {
    String validations =
        "\"validations\":[{\"expression\":\"object.data.missing =="
            + " '1'\"}],\"failurePolicy\":\"%s\"";
    policy("fails", validations.formatted("Fail"));
    policy("ignores", validations.formatted("Ignore"));
    bind("fails", "\"validationActions\":[\"Deny\"]");
    assertThat(create("x", "{\"a\":\"1\"}").text("message"))
        .endsWith(
            "expression 'object.data.missing == '1'' resulted in error: no such key: missing");
    api.delete(BINDINGS + "/b");
    bind("ignores", "\"validationActions\":[\"Deny\"]");
    assertThat(create("x", "{\"a\":\"1\"}").code()).isEqualTo(201);
  }

  @Test
  void countsOnlyWhereItIsBound() {
    policy("never", "\"validations\":[{\"expression\":\"false\"}]");
    bind(
        "never",
        "\"validationActions\":[\"Deny\"],\"matchResources\":{\"objectSelector\":{\"matchLabels\":{\"held\":\"yes\"}},"
            + "\"excludeResourceRules\":[{\"apiGroups\":[\"\"],\"apiVersions\":[\"*\"],\"operations\":[\"*\"],"
            + "\"resources\":[\"configmaps\"],\"resourceNames\":[\"excused\"]}]}");
    assertThat(create("free", "{}").code()).isEqualTo(201);
    String held = "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"held\":\"yes\"}}}";
    assertThat(api.post(MAPS, held.formatted("held")).code()).isEqualTo(422);
    assertThat(api.post(MAPS, held.formatted("excused")).code()).isEqualTo(201);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "validations":[{"expression":"nobody"}]                                  | spec.validations[0].expression | undeclared reference to 'nobody'
          "validations":[{"expression":"1"}]                                       | spec.validations[0].expression | must evaluate to bool
          "validations":[{"expression":"true","messageExpression":"1"}]            | spec.validations[0].messageExpression | must evaluate to string
          "validations":[{"expression":"params.x"}]                                | spec.validations[0].expression | undeclared reference to 'params'
          "validations":[{"expression":"request.nope"}]                            | spec.validations[0].expression | undefined field 'nope'
          "validations":[{"expression":"variables.nope"}]                          | spec.validations[0].expression | undefined field 'nope'
          "validations":[{"expression":"true"}],"variables":[{"name":"v","expression":"1 +"}] | spec.variables[0].expression | mismatched input
          "validations":[{"expression":"true"}],"matchConditions":[{"name":"m","expression":"'x'"}] | spec.matchConditions[0].expression | must evaluate to bool
          "auditAnnotations":[{"key":"k","valueExpression":"nobody"}]              | spec.auditAnnotations[0].valueExpression | undeclared reference
          "auditAnnotations":[{"key":"k k","valueExpression":"''"}]                | spec.auditAnnotations[0].key | Invalid value: "p/k k"
          "auditAnnotations":[{"key":"k","valueExpression":"''"},{"key":"k","valueExpression":"''"}] | spec.auditAnnotations[1].key | Duplicate value: "k"
          """)
  void refusesExpressionsThatAreNone(String rest, String field, String message) {
    var answer =
        api.post(
            POLICIES,
            "{\"metadata\":{\"name\":\"p\"},\"spec\":{%s,%s}}".formatted(ABOUT_MAPS, rest));
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.text("message")).contains(field).contains(message);
  }
}
