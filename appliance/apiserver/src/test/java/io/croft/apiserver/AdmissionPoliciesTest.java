package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

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
