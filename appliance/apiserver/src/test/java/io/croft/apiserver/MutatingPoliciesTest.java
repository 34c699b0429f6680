package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.model.Json;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `MutatingAdmissionPolicy`s and their bindings.
final class MutatingPoliciesTest {
  private static final String GROUP = "/apis/admissionregistration.k8s.io/";
  private static final String POLICIES = GROUP + "v1beta1/mutatingadmissionpolicies";
  private static final String BINDINGS = GROUP + "v1beta1/mutatingadmissionpolicybindings";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
  private static final String RULES =
      "\"matchConstraints\":{\"resourceRules\":[{\"apiGroups\":[\"\",\"apps\"],\"apiVersions\":[\"v1\"],"
          + "\"operations\":[\"CREATE\",\"UPDATE\"],\"resources\":[\"configmaps\",\"deployments\"]}]}";

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

  private static String applied(String expression) {
    return mutation("ApplyConfiguration", "applyConfiguration", expression);
  }

  private static String patched(String expression) {
    return mutation("JSONPatch", "jsonPatch", expression);
  }

  private static String mutation(String type, String field, String expression) {
    var mutation = Json.object().put("patchType", type);
    mutation.putObject(field).put("expression", expression);
    return mutation.toString();
  }

  private static String policy(String name, String rest, String... mutations) {
    return "{\"metadata\":{\"name\":\"%s\"},\"spec\":{%s,%s\"mutations\":[%s]}}"
        .formatted(
            name,
            RULES,
            rest.isEmpty() ? "\"reinvocationPolicy\":\"Never\"," : rest + ",",
            String.join(",", mutations));
  }

  /// Makes a policy that is bound to everything that it is about.
  private void bound(String name, String rest, String... mutations) {
    made(api.post(POLICIES, policy(name, rest, mutations)));
    bind(name, name, "");
  }

  private void bind(String name, String policy, String rest) {
    made(
        api.post(
            BINDINGS,
            "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"policyName\":\"%s\"%s}}"
                .formatted(name, policy, rest)));
  }

  private static TestApi.Answer made(TestApi.Answer answer) {
    assertThat(answer.code()).as(answer.body().toString()).isEqualTo(201);
    return answer;
  }

  private TestApi.Answer create(String name, String data) {
    return api.post(MAPS, "{\"metadata\":{\"name\":\"%s\"},\"data\":%s}".formatted(name, data));
  }

  private static String deployment(String name) {
    return """
        {"metadata":{"name":"%s"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{
          "metadata":{"labels":{"a":"b"}},"spec":{"containers":[
            {"name":"c","image":"nginx:1.27","env":[{"name":"A","value":"1"}]}]}}}}
        """
        .formatted(name);
  }

  @Test
  void appliesAConfiguration() {
    bound(
        "sidecar",
        "",
        applied(
            """
            Object{
              metadata: Object.metadata{labels: {"team": "garden"}},
              spec: Object.spec{
                replicas: object.spec.replicas + 2,
                template: Object.spec.template{spec: Object.spec.template.spec{
                  containers: [
                    Object.spec.template.spec.containers{name: "c", env: [
                      Object.spec.template.spec.containers.env{name: "B", value: "2"}]},
                    Object.spec.template.spec.containers{name: "side", image: "busybox"}]}}}}
            """));
    var made = made(api.post(DEPLOYMENTS, deployment("d")));
    assertThat(made.text("metadata", "labels", "team")).isEqualTo("garden");
    assertThat(made.text("spec", "replicas")).isEqualTo("3");
    var containers = made.body().at("/spec/template/spec/containers");
    assertThat(containers.findValuesAsText("image")).containsExactly("nginx:1.27", "busybox");
    assertThat(containers.at("/0/env").findValuesAsText("value")).containsExactly("1", "2");
    assertThat(containers.at("/1/terminationMessagePath").asText()).isEqualTo("/dev/termination-log");
    assertThat(api.get(DEPLOYMENTS + "/d").body()).isEqualTo(made.body());
  }

  @Test
  void patches() {
    bound(
        "patching",
        "",
        patched(
            """
            [
              JSONPatch{op: "test", path: "/data/a", value: "1"},
              JSONPatch{op: "add", path: "/metadata/labels", value: {"x": "y"}},
              JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/a~b"), value: "z"},
              JSONPatch{op: "copy", from: "/data/a", path: "/data/b"},
              JSONPatch{op: "replace", path: "/metadata", value: Object.metadata{
                name: object.metadata.name, namespace: object.metadata.namespace, annotations: {"k": "v"}}}
            ]
            """),
        patched("has(object.data.b) ? [JSONPatch{op: 'move', from: '/data/b', path: '/data/c'}] : []"));
    var made = made(create("one", "{\"a\":\"1\"}"));
    assertThat(made.body().path("data").toString()).isEqualTo("{\"a\":\"1\",\"c\":\"1\"}");
    assertThat(made.body().at("/metadata/annotations/k").asText()).isEqualTo("v");
    assertThat(made.body().at("/metadata/labels").isMissingNode()).isTrue();
    var untouched = made(create("two", "{\"a\":\"2\"}"));
    assertThat(untouched.body().path("data").toString()).isEqualTo("{\"a\":\"2\"}");
  }

  @Test
  void escapesKeys() {
    bound(
        "labels",
        "",
        patched(
            "[JSONPatch{op: 'add', path: '/metadata/labels', value: {}},"
                + "JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('example.com/a.b'), value: 'z'}]"));
    assertThat(made(create("x", "{}")).body().at("/metadata/labels").toString())
        .isEqualTo("{\"example.com/a.b\":\"z\"}");
  }

  @Test
  void carriesOutMutationsInOrderWithVariablesMadeAnew() {
    bound(
        "several",
        """
        "reinvocationPolicy":"Never","variables":[{"name":"n","expression":"size(object.data)"},
          {"name":"text","expression":"string(variables.n)"}],
        "matchConditions":[{"name":"maps","expression":"object.kind == 'ConfigMap'"}]
        """,
        patched("[JSONPatch{op: 'add', path: '/data/first', value: variables.text}]"),
        patched("[JSONPatch{op: 'add', path: '/data/second', value: variables.text}]"));
    assertThat(made(create("x", "{\"a\":\"\"}")).body().path("data").toString())
        .isEqualTo("{\"a\":\"\",\"first\":\"1\",\"second\":\"2\"}");
    assertThat(made(api.post(DEPLOYMENTS, deployment("d"))).body().has("data")).isFalse();
  }

  @Test
  void seesParametersAndTheOldObject() {
    made(create("p1", "{\"k1\":\"v1\"}"));
    api.patch(MAPS + "/p1", "merge-patch", "{\"metadata\":{\"labels\":{\"is\":\"param\"}}}");
    made(
        api.post(
            MAPS,
            "{\"metadata\":{\"name\":\"p2\",\"labels\":{\"is\":\"param\"}},\"data\":{\"k2\":\"v2\"}}"));
    String rest =
        "\"reinvocationPolicy\":\"Never\",\"paramKind\":{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"}";
    made(
        api.post(
            POLICIES,
            policy(
                "by-params",
                rest,
                applied(
                    "Object{metadata: Object.metadata{annotations: params == null ? {'none': ''} :"
                        + " params.data}}"))));
    bind(
        "selected",
        "by-params",
        ",\"paramRef\":{\"selector\":{\"matchLabels\":{\"is\":\"param\"}},\"parameterNotFoundAction\":\"Deny\"}");
    bind("plain", "by-params", "");
    assertThat(made(create("x", "{}")).body().at("/metadata/annotations").toString())
        .isEqualTo("{\"none\":\"\",\"k1\":\"v1\",\"k2\":\"v2\"}");
    bind(
        "missing",
        "by-params",
        ",\"paramRef\":{\"name\":\"nobody\",\"parameterNotFoundAction\":\"Deny\"}");
    var refused = create("y", "{}");
    assertThat(refused.code()).isEqualTo(403);
    assertThat(refused.text("reason")).isEqualTo("Forbidden");
    assertThat(refused.text("message"))
        .isEqualTo(
            "policy 'by-params' with binding 'missing' denied request: failed to configure binding:"
                + " no params found for policy binding with `Deny` parameterNotFoundAction");
  }

  /// The sequence that kube-apiserver's own tests go through.
  @Test
  void isReinvokedOnceForWhatOthersHaveChanged() {
    String counting =
        "Object{metadata: Object.metadata{annotations: {"
            + "'n': string(int(object.metadata.annotations['n']) + 1), '%s': 'true'}}}";
    String ifNeeded = "\"reinvocationPolicy\":\"IfNeeded\"";
    bound("first", ifNeeded, applied(counting.formatted("a")));
    bound("second", ifNeeded, applied(counting.formatted("b")));
    bound("third", "", applied(counting.formatted("c")));
    var made =
        made(
            api.post(
                MAPS, "{\"metadata\":{\"name\":\"x\",\"annotations\":{\"n\":\"0\"}}}"));
    assertThat(made.body().at("/metadata/annotations").toString())
        .isEqualTo("{\"n\":\"5\",\"a\":\"true\",\"b\":\"true\",\"c\":\"true\"}");
  }

  @Test
  void isNotReinvokedForWhatItHasChangedItself() {
    bound(
        "alone",
        "\"reinvocationPolicy\":\"IfNeeded\"",
        patched(
            "[JSONPatch{op: 'add', path: '/data/n', value: string(int(object.data.?n.orValue('0'))"
                + " + 1)}]"));
    assertThat(made(create("x", "{}")).text("data", "n")).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          Object{spec: Object.specx{replicas: 1}} | type mismatch: unexpected type name "Object.specx", expected "Object.spec", which matches field name path from root Object type
          Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.containers{name: 'x'}]}}}} | unexpected type name "Object.containers", expected "Object.spec.template.spec.containers"
          Object{spec: Object.spec{replicasx: 1}} | error applying patch: failed to convert patch object to typed object: .spec.replicasx: field not declared in schema
          Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {'l': 'v'}}}} | error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.selector
          Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'c', command: ['x']}]}}}} | may not mutate atomic arrays, maps or structs: .spec.template.spec.containers[name="c"].command
          Object{spec: Object.spec{replicas: object.spec.nothing}} | expression 'Object{spec: Object.spec{replicas: object.spec.nothing}}' resulted in error: no such key: nothing
          Object{spec: Object.spec{replicas: 'many'}} | spec.replicas
          Object{metadata: Object.metadata{labels: {1: 'x'}}} | map key 1 is of type int
          [JSONPatch{op: 'add', path: '/nothing/here', value: 1}] | JSONPath: add operation does not apply: doc is missing path: "/nothing/here": missing value
          [JSONPatch{op: 'add', path: '/spec/unknown', value: 1}] | strict decoding error: unknown field "spec.unknown"
          [JSONPatch{op: 'replace', path: '/spec', value: 1}] | cannot be handled as a Deployment
          [JSONPatch{op: 'replace', path: '/kind', value: 'Secret'}] | does not match the expected kind
          [JSONPatch{op: 'add', path: '/spec', value: Object.spec{strategy: Object.wrong{}}}] | unexpected type name "Object.wrong", expected "Object.spec.strategy"
          [JSONPatch{op: 'add', path: '', value: 1}] | JSONPath: no object is left
          """)
  void refusesWhatCannotBeCarriedOut(String expression, String message) {
    String mutation = expression.startsWith("[") ? patched(expression) : applied(expression);
    bound("fails", "", mutation);
    var refused = api.post(DEPLOYMENTS, deployment("d"));
    assertThat(refused.code()).as(refused.body().toString()).isEqualTo(403);
    assertThat(refused.text("reason")).isEqualTo("Invalid");
    assertThat(refused.text("message"))
        .startsWith("policy 'fails' with binding 'fails' denied request: ")
        .contains(message);
    assertThat(refused.body().at("/details/causes/0/message").asText()).contains(message);
    assertThat(create("other", "{}").code()).isIn(201, 403);
    api.delete(BINDINGS + "/fails");
    bound("ignores", "\"reinvocationPolicy\":\"Never\",\"failurePolicy\":\"Ignore\"", mutation);
    made(api.post(DEPLOYMENTS, deployment("d")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "object.data.a == '1'",
        "request.operation == 'CREATE' && namespaceObject.metadata.name == 'default'",
        "authorizer.group('').resource('configmaps').namespace('default').check('get').allowed()",
        "Object{a: 1} == Object{a: 1} && Object{a: 1} != Object{a: 2} && Object{} != Object.a{}",
        "JSONPatch{op: 'add'} == JSONPatch{op: 'add'} && JSONPatch{op: 'add'} != JSONPatch{op: 'test'}",
        "has(JSONPatch{op: 'x'}.op) && !has(JSONPatch{}.value) && JSONPatch{value: 'v'}.value == 'v'",
        "has(Object{spec: 1}.spec) && !has(Object{}.spec) && Object{spec: 1}.spec == 1",
        "!has(Object{?a: optional.none()}.a) && Object{?a: optional.of(1)}.a == 1",
        "jsonpatch.escapeKey('a/b~c') == 'a~1b~0c'"
      })
  void knowsThisInMutations(String condition) {
    bound(
        "asks",
        "",
        patched("[JSONPatch{op: 'add', path: '/data/said', value: string(" + condition + ")}]"));
    assertThat(made(create("x", "{\"a\":\"1\"}")).text("data", "said")).isEqualTo("true");
  }

  @Test
  void leavesAlonePartsThatARequestIsNotAbout() {
    made(api.post(DEPLOYMENTS, deployment("d")));
    made(
        api.post(
            POLICIES,
            "{\"metadata\":{\"name\":\"status\"},\"spec\":{\"reinvocationPolicy\":\"Never\",\"matchConstraints\":{"
                + "\"resourceRules\":[{\"apiGroups\":[\"apps\"],\"apiVersions\":[\"v1\"],\"operations\":[\"UPDATE\"],"
                + "\"resources\":[\"deployments/status\"]}]},\"mutations\":["
                + applied(
                    "Object{spec: Object.spec{replicas: 9}, status: Object.status{observedGeneration: 7}}")
                + "]}}"));
    bind("status", "status", "");
    var patched =
        api.patch(DEPLOYMENTS + "/d/status", "merge-patch", "{\"status\":{\"replicas\":1}}");
    assertThat(patched.code()).isEqualTo(200);
    assertThat(patched.text("status", "observedGeneration")).isEqualTo("7");
    assertThat(patched.text("spec", "replicas")).isEqualTo("1");
  }

  @Test
  void isNotAskedWhereItIsNotBoundOrNothingCanChange() {
    made(api.post(POLICIES, policy("any", "", applied("Object{data: {'x': 'y'}}"))));
    assertThat(made(create("free", "{}")).body().path("data").has("x")).isFalse();
    bind("narrow", "any", ",\"matchResources\":{\"objectSelector\":{\"matchLabels\":{\"l\":\"1\"}}}");
    assertThat(made(create("other", "{}")).body().path("data").has("x")).isFalse();
    var held = "{\"metadata\":{\"name\":\"held\",\"labels\":{\"l\":\"1\"}}}";
    assertThat(made(api.post(MAPS, held)).text("data", "x")).isEqualTo("y");
    assertThat(api.delete(MAPS + "/held").code()).isEqualTo(200);
    var tried = api.post(MAPS + "?dryRun=All", held);
    assertThat(made(tried).text("data", "x")).isEqualTo("y");
    assertThat(api.get(MAPS + "/held").code()).isEqualTo(404);
  }

  @Test
  void comesBeforeWhatJudges() {
    bound("labelled", "", applied("Object{metadata: Object.metadata{labels: {'ok': 'yes'}}}"));
    String validating = GROUP + "v1/validatingadmissionpolicies";
    made(
        api.post(
            validating,
            "{\"metadata\":{\"name\":\"v\"},\"spec\":{%s,\"validations\":[{\"expression\":\"object.metadata.labels.ok == 'yes'\"}]}}"
                .formatted(RULES)));
    made(
        api.post(
            GROUP + "v1/validatingadmissionpolicybindings",
            "{\"metadata\":{\"name\":\"v\"},\"spec\":{\"policyName\":\"v\",\"validationActions\":[\"Deny\"]}}"));
    made(create("x", "{}"));
  }

  @Test
  void boundsWhatAnExpressionMakes() {
    bound(
        "doubling",
        "",
        patched(
            "[0,1,2,3,4,5,6,7,8,9].map(i, JSONPatch{op: 'add', path: '/data/n' + string(i), value:"
                + " object.data.a})"));
    assertThat(create("x", "{\"a\":\"" + "x".repeat(500_000) + "\"}").text("message"))
        .endsWith("the result is larger than 3145728 bytes");
  }

  @Test
  void isServedInTwoVersionsAndStoredInOne() throws Exception {
    String alpha = GROUP + "v1alpha1/mutatingadmissionpolicies";
    made(api.post(alpha, policy("p", "", applied("Object{}"))));
    assertThat(Json.parse(api.stored("/registry/mutatingadmissionpolicies/p").value().array())
            .path("apiVersion")
            .asText())
        .isEqualTo("admissionregistration.k8s.io/v1beta1");
    assertThat(api.get(POLICIES + "/p").text("apiVersion"))
        .isEqualTo("admissionregistration.k8s.io/v1beta1");
    assertThat(api.get(alpha + "/p").text("apiVersion"))
        .isEqualTo("admissionregistration.k8s.io/v1alpha1");
    assertThat(api.get(alpha + "/p").text("spec", "failurePolicy")).isEqualTo("Fail");
    assertThat(api.get(alpha + "/p").text("spec", "matchConstraints", "matchPolicy"))
        .isEqualTo("Equivalent");
    assertThat(List.of("v1", "v1beta1", "v1alpha1"))
        .isEqualTo(
            api.get("/apis/admissionregistration.k8s.io").body().path("versions")
                .findValuesAsText("version"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          /spec/failurePolicy | "other" | spec.failurePolicy: Unsupported value: "other": supported values: "Fail", "Ignore"
          /spec/reinvocationPolicy | "other" | spec.reinvocationPolicy: Unsupported value: "other"
          /spec/reinvocationPolicy | "" | spec.reinvocationPolicy: Required value
          /spec/mutations | [] | spec.mutations: Required value: mutations must contain at least one item
          /spec/mutations/0/patchType | "other" | spec.mutations[0].patchType: Unsupported value: "other": supported values: "ApplyConfiguration", "JSONPatch"
          /spec/mutations/0/jsonPatch | {"expression":"[]"} | spec.mutations[0].jsonPatch: Invalid value: "{jsonPatch}": must not be specified when patchType is ApplyConfiguration
          /spec/mutations/0 | {"patchType":"JSONPatch"} | spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch
          /spec/mutations/0/applyConfiguration/expression | "  " | spec.mutations[0].applyConfiguration.expression: Required value
          /spec/mutations/0/applyConfiguration/expression | "'teapot'" | spec.mutations[0].applyConfiguration.expression: Invalid value: "'teapot'": must evaluate to Object but got string
          /spec/mutations/0/applyConfiguration/expression | "Object.spec.metadata{}" | must evaluate to Object but got Object.spec.metadata
          /spec/mutations/0/applyConfiguration/expression | "Object{nobody: nobody}" | undeclared reference to 'nobody'
          /spec/mutations/0 | {"patchType":"JSONPatch","jsonPatch":{"expression":"JSONPatch{}"}} | must evaluate to list(JSONPatch) but got JSONPatch
          /spec/mutations/0 | {"patchType":"JSONPatch","jsonPatch":{"expression":"[JSONPatch{op: 1}]"}} | expected type of field 'op' is 'string' but provided type is 'int'
          /spec/mutations/0 | {"patchType":"JSONPatch","jsonPatch":{"expression":"[JSONPatch{operation: ''}]"}} | undefined field 'operation'
          /spec/matchConstraints/resourceRules | [] | spec.matchConstraints.resourceRules: Required value
          /spec/matchConstraints/resourceRules/0/operations | ["DELETE"] | spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"
          /spec/paramKind | {"apiVersion":"v1"} | spec.paramKind.kind: Required value
          /spec/variables | [{"name":"if","expression":"1"}] | spec.variables[0].name: Invalid value: "if": must be a valid CEL identifier
          /spec/variables | [{"name":"v","expression":"Object{}"}] | spec.variables[0].expression: Invalid value: "Object{}": compilation failed
          /spec/matchConditions | [{"name":"m","expression":"variables.x"}] | spec.matchConditions[0].expression: Invalid value: "variables.x": compilation failed
          """)
  void refusesPoliciesThatAreNone(String pointer, String value, String message) throws Exception {
    var json = Json.parseObject(policy("p", "", applied("Object{}")).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    var patch = Json.array();
    patch
        .addObject()
        .put("op", "add")
        .put("path", pointer)
        .set("value", Json.parse(value.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    if (pointer.equals("/spec/mutations/0")) {
      ((com.fasterxml.jackson.databind.node.ObjectNode) patch.get(0)).put("op", "replace");
    }
    var refused =
        api.post(POLICIES, io.croft.model.patch.JsonPatch.apply(json, patch).toString());
    assertThat(refused.code()).as(refused.body().toString()).isEqualTo(422);
    assertThat(refused.text("message")).contains(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "policyName":"" | spec.policyName: Required value
          "policyName":"!!!" | spec.policyName: Invalid value: "!!!"
          "policyName":"p","paramRef":{"name":"x"} | spec.paramRef.parameterNotFoundAction: Required value
          "policyName":"p","paramRef":{"parameterNotFoundAction":"Deny"} | spec.paramRef: Required value: one of name or selector must be specified
          "policyName":"p","paramRef":{"parameterNotFoundAction":"Deny","name":"x","selector":{}} | spec.paramRef.name: Forbidden: name and selector are mutually exclusive
          "policyName":"p","matchResources":{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["DELETE"],"resources":["pods"]}]} | spec.matchResources.resourceRules.operations: Unsupported value: "DELETE"
          """)
  void refusesBindingsThatAreNone(String spec, String message) {
    var refused =
        api.post(BINDINGS, "{\"metadata\":{\"name\":\"b\"},\"spec\":{%s}}".formatted(spec));
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.text("message")).contains(message);
  }
}
