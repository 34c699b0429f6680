package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.apiserver.TestApi.Answer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `scale`, `binding`, `eviction`, `approval`, `ephemeralcontainers`, `resize`.
final class SubresourcesTest {
  private static final String POD = "/api/v1/namespaces/default/pods/x";
  private static final String WEB = "/apis/apps/v1/namespaces/default/deployments/x";
  private static final String CSR = "/apis/certificates.k8s.io/v1/certificatesigningrequests/x";
  private static final String PDB = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/x";

  @TempDir Path directory;
  private TestApi api;

  @BeforeEach
  void start() {
    api = new TestApi(directory);
    api.addDefaultServiceAccount();
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void make(String plural) throws Exception {
    var sample =
        KindsTest.samples()
            .filter(s -> s.collection().endsWith("/" + plural))
            .findFirst()
            .orElseThrow();
    assertThat(api.post(sample.collection(), sample.object().toString()).code()).isEqualTo(201);
  }

  @Test
  void scalesADeployment() throws Exception {
    make("deployments");
    Answer scale = api.get(WEB + "/scale");
    assertThat(scale.text("kind")).isEqualTo("Scale");
    assertThat(scale.body().at("/spec/replicas").asInt()).isEqualTo(3);
    assertThat(scale.text("status", "selector")).isEqualTo("a=b");
    Answer patched = api.patch(WEB + "/scale", "merge-patch", "{\"spec\":{\"replicas\":5}}");
    assertThat(patched.code()).isEqualTo(200);
    assertThat(api.get(WEB).body().at("/spec/replicas").asInt()).isEqualTo(5);
    assertThat(api.get(WEB).body().at("/metadata/generation").asInt()).isEqualTo(2);
    Answer refused = api.patch(WEB + "/scale", "merge-patch", "{\"spec\":{\"replicas\":-5}}");
    assertThat(refused.text("message"))
        .isEqualTo(
            "Scale.autoscaling \"x\" is invalid: spec.replicas: Invalid value: -5: must be greater"
                + " than or equal to 0");
    for (String large : List.of("18446744073709551616", "4294967296", "1.5")) {
      String body = "{\"spec\":{\"replicas\":" + large + "}}";
      assertThat(api.patch(WEB + "/scale", "merge-patch", body).code()).as(large).isEqualTo(400);
    }
    // The scale that was read before the patch is out of date.
    assertThat(api.put(WEB + "/scale", scale.body().toString()).code()).isEqualTo(409);
  }

  @Test
  void scalesACustomResourceThatDeclaresHow() {
    String crd =
        """
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
         "metadata":{"name":"sets.example.com"},"spec":{"group":"example.com","scope":"Namespaced",
          "names":{"plural":"sets","kind":"Set"},"versions":[{"name":"v1","served":true,"storage":true,
           "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}},
           "subresources":{"scale":{"specReplicasPath":".spec.size","statusReplicasPath":".status.size",
            "labelSelectorPath":".status.selector"}}}]}}
        """;
    Answer made = api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);
    assertThat(made.code()).as(made.body().toString()).isEqualTo(201);
    String sets = "/apis/example.com/v1/namespaces/default/sets";
    api.post(
        sets,
        "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Set\",\"metadata\":{\"name\":\"x\"},"
            + "\"spec\":{\"size\":2},\"status\":{\"size\":1,\"selector\":\"a=b\"}}");
    Answer scale = api.get(sets + "/x/scale");
    assertThat(scale.body().path("spec").toString()).isEqualTo("{\"replicas\":2}");
    assertThat(scale.body().path("status").toString())
        .isEqualTo("{\"replicas\":1,\"selector\":\"a=b\"}");
    api.patch(sets + "/x/scale", "merge-patch", "{\"spec\":{\"replicas\":7}}");
    assertThat(api.get(sets + "/x").body().at("/spec/size").asInt()).isEqualTo(7);
  }

  @Test
  void bindsAPodOnce() throws Exception {
    make("pods");
    String binding =
        "{\"apiVersion\":\"v1\",\"kind\":\"Binding\",\"metadata\":{\"name\":\"x\"},"
            + "\"target\":{\"kind\":\"Node\",\"name\":\"n1\"}}";
    assertThat(api.post(POD + "/binding", binding).code()).isEqualTo(201);
    assertThat(api.get(POD).text("spec", "nodeName")).isEqualTo("n1");
    assertThat(api.get(POD).body().at("/status/conditions/0/status").asText()).isEqualTo("True");
    assertThat(api.get("/api/v1/pods?fieldSelector=spec.nodeName=n1").body().path("items").size())
        .isEqualTo(1);
    Answer again = api.post("/api/v1/namespaces/default/bindings", binding);
    assertThat(again.code()).isEqualTo(409);
    assertThat(again.text("message")).contains("is already assigned to node \"n1\"");
  }

  /// Has a policy refuse operations on a resource unless an expression holds.
  private void require(String operations, String resource, String expression) throws Exception {
    String group = resource.startsWith("deployments") ? "apps" : "";
    String registration = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic";
    String policy =
        """
        {"metadata":{"name":"p"},"spec":{"validations":[{"expression":"%s"}],
        "matchConstraints":{"resourceRules":[{"apiGroups":["%s"],"apiVersions":["v1"],"operations":[%s],"resources":["%s"]}]}}}
        """
            .formatted(expression, group, operations, resource);
    api.delete(registration + "ies/p");
    Answer made = api.post(registration + "ies", policy);
    assertThat(made.code()).as(made.body().toString()).isEqualTo(201);
    api.post(
        registration + "ybindings",
        "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"policyName\":\"p\",\"validationActions\":[\"Deny\"]}}");
  }

  @Test
  void policiesJudgeWhatASubresourceIsSent() throws Exception {
    make("pods");
    String binding =
        "{\"apiVersion\":\"v1\",\"kind\":\"Binding\",\"metadata\":{\"name\":\"x\"},\"target\":{\"name\":\"n1\"}}";
    require("\"*\"", "pods/binding", "object.target.name == 'n2'");
    assertThat(api.post(POD + "/binding", binding).code()).isEqualTo(422);
    assertThat(api.post("/api/v1/namespaces/default/bindings", binding).code()).isEqualTo(422);
    assertThat(api.get(POD).body().at("/spec").has("nodeName")).isFalse();
    Answer bound = api.post(POD + "/binding", binding.replace("n1", "n2"));
    assertThat(bound.code()).as(bound.body().toString()).isEqualTo(201);
    require(
        "\"CREATE\"",
        "pods/eviction",
        "request.kind.kind == 'Eviction' && request.name == 'x' && object.metadata.name != 'x'");
    Answer evicted =
        api.post(
            POD + "/eviction",
            "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{}}");
    assertThat(evicted.code()).isEqualTo(422);
    assertThat(evicted.text("message")).contains("ValidatingAdmissionPolicy 'p'");
    assertThat(api.get(POD).code()).isEqualTo(200);
    make("deployments");
    String deployment = "/apis/apps/v1/namespaces/default/deployments/x";
    require(
        "\"UPDATE\"",
        "deployments/scale",
        "object.kind == 'Scale' && oldObject.kind == 'Scale' && object.spec.replicas < 5");
    String scale = "{\"spec\":{\"replicas\":%d}}";
    assertThat(api.patch(deployment + "/scale", "merge-patch", scale.formatted(7)).code())
        .isEqualTo(422);
    Answer scaled = api.patch(deployment + "/scale", "merge-patch", scale.formatted(4));
    assertThat(scaled.code()).as(scaled.body().toString()).isEqualTo(200);
  }

  @Test
  void anEvictionThatIsRefusedSpendsNothing() throws Exception {
    make("pods");
    api.patch(POD, "merge-patch", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
    api.patch(POD + "/status", "merge-patch", "{\"status\":{\"phase\":\"Running\"}}");
    make("poddisruptionbudgets");
    api.patch(
        PDB + "/status",
        "merge-patch",
        "{\"status\":{\"observedGeneration\":1,\"disruptionsAllowed\":1,\"currentHealthy\":1}}");
    String eviction =
        "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"x\"}%s}";
    String other = ",\"deleteOptions\":{\"preconditions\":{\"uid\":\"other\"}}";
    assertThat(api.post(POD + "/eviction", eviction.formatted(other)).code()).isEqualTo(409);
    assertThat(api.get(PDB).body().at("/status/disruptionsAllowed").asInt()).isEqualTo(1);
    require("\"DELETE\"", "pods", "false");
    assertThat(api.post(POD + "/eviction", eviction.formatted("")).code()).isEqualTo(422);
    assertThat(api.get(PDB).body().at("/status/disruptionsAllowed").asInt()).isEqualTo(1);
    assertThat(api.get(PDB).body().at("/status").has("disruptedPods")).isFalse();
  }

  @Test
  void evictsWhatABudgetLetsGo() throws Exception {
    make("pods");
    api.patch(POD, "merge-patch", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
    String running =
        "{\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}";
    assertThat(api.patch(POD + "/status", "merge-patch", running).code()).isEqualTo(200);
    make("poddisruptionbudgets");
    String eviction =
        "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"x\"}}";
    Answer refused = api.post(POD + "/eviction", eviction);
    assertThat(refused.code()).isEqualTo(429);
    assertThat(refused.text("message"))
        .isEqualTo("Cannot evict pod as it would violate the pod's disruption budget.");
    api.patch(
        PDB + "/status",
        "merge-patch",
        "{\"status\":{\"observedGeneration\":1,\"disruptionsAllowed\":1,\"currentHealthy\":1}}");
    assertThat(api.post(POD + "/eviction", eviction).code()).isEqualTo(201);
    assertThat(api.get(POD).code()).isEqualTo(404);
    assertThat(api.get(PDB).body().at("/status/disruptionsAllowed").asInt()).isZero();
    assertThat(api.get(PDB).body().at("/status/disruptedPods").has("x")).isTrue();
  }

  @Test
  void approvesACertificateRequest() throws Exception {
    make("certificatesigningrequests");
    assertThat(api.get(CSR).text("spec", "username")).isEqualTo("alice");
    String approved =
        "{\"status\":{\"conditions\":[{\"type\":\"Approved\",\"status\":\"True\",\"reason\":\"x\"}]}}";
    // The status is not where decisions are made.
    api.patch(CSR + "/status", "merge-patch", approved);
    assertThat(api.get(CSR).body().at("/status/conditions").isMissingNode()).isTrue();
    Answer answer = api.patch(CSR + "/approval", "merge-patch", approved);
    assertThat(answer.code()).isEqualTo(200);
    assertThat(answer.body().at("/status/conditions/0/lastUpdateTime").asText()).endsWith("Z");
    Answer denied =
        api.patch(
            CSR + "/approval",
            "merge-patch",
            approved.replace("]", ",{\"type\":\"Denied\",\"status\":\"True\"}]"));
    assertThat(denied.text("message")).contains("mutually exclusive");
    Answer withdrawn = api.patch(CSR + "/approval", "merge-patch", "{\"status\":null}");
    assertThat(withdrawn.text("message"))
        .contains("updates may not remove a condition of type \"Approved\"");
  }

  @Test
  void addsAContainerToLookIntoAPod() throws Exception {
    make("pods");
    Answer added =
        api.patch(
            POD + "/ephemeralcontainers",
            "strategic-merge-patch",
            "{\"spec\":{\"ephemeralContainers\":[{\"name\":\"debug\",\"image\":\"busybox\"}]}}");
    assertThat(added.code()).as(added.body().toString()).isEqualTo(200);
    assertThat(added.body().at("/spec/ephemeralContainers/0/imagePullPolicy").asText())
        .isEqualTo("Always");
  }

  @Test
  void letsNothingThatWasAddedToLookIntoAPodGo() throws Exception {
    make("pods");
    String debug = "{\"spec\":{\"ephemeralContainers\":[{\"name\":\"debug\",\"image\":\"%s\"}]}}";
    String path = POD + "/ephemeralcontainers";
    api.patch(path, "strategic-merge-patch", debug.formatted("busybox"));
    assertThat(api.get(POD).text("metadata", "generation")).isEqualTo("2");
    assertThat(api.get(path).body().at("/spec/ephemeralContainers/0/name").asText())
        .isEqualTo("debug");
    assertThat(api.patch(path, "strategic-merge-patch", debug.formatted("alpine")).text("message"))
        .contains(
            "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"debug\" may not"
                + " be changed");
    assertThat(
            api.patch(path, "merge-patch", "{\"spec\":{\"ephemeralContainers\":[]}}")
                .text("message"))
        .contains("existing ephemeral containers \"debug\" may not be removed");
    assertThat(
            api.patch(POD, "merge-patch", "{\"spec\":{\"ephemeralContainers\":[]}}")
                .text("message"))
        .contains("pod updates may not change fields other than");
  }

  private static final String SIZED =
      """
      {"metadata": {"name": "x"},
       "spec": {"initContainers": [
         {"name": "first", "image": "i", "resources": {"requests": {"cpu": "10m"}}},
         {"name": "side", "image": "i", "restartPolicy": "Always",
          "resources": {"requests": {"cpu": "10m"}}}],
        "containers": [{"name": "c", "image": "i",
         "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
         "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m"}}}]}}
      """;

  private static String resized(String list, String name, String rest) {
    return "{\"spec\":{\"" + list + "\":[{\"name\":\"" + name + "\"," + rest + "}]}}";
  }

  private Answer resize(String list, String name, String resources) {
    String patch = resized(list, name, "\"resources\":" + resources);
    return api.patch(POD + "/resize", "strategic-merge-patch", patch);
  }

  @Test
  void resizesContainers() {
    assertThat(api.post("/api/v1/namespaces/default/pods", SIZED).code()).isEqualTo(201);
    assertThat(api.get(POD).text("status", "qosClass")).isEqualTo("Burstable");
    Answer answer =
        resize(
            "containers",
            "c",
            "{\"requests\":{\"cpu\":\"0.15\"},\"limits\":{\"cpu\":\"300m\",\"memory\":\"1Gi\"}}");
    assertThat(answer.code()).as(answer.body().toString()).isEqualTo(200);
    assertThat(answer.body().at("/spec/containers/0/resources"))
        .hasToString(
            "{\"requests\":{\"cpu\":\"150m\",\"memory\":\"64Mi\"},\"limits\":{\"cpu\":\"300m\","
                + "\"memory\":\"1Gi\"}}");
    assertThat(answer.text("metadata", "generation")).isEqualTo("2");
    assertThat(resize("initContainers", "side", "{\"requests\":{\"cpu\":\"20m\"}}").code())
        .isEqualTo(200);
    Answer read = api.get(POD + "/resize");
    assertThat(read.text("kind")).isEqualTo("Pod");
    assertThat(read.body().at("/spec/initContainers/1/resources/requests/cpu").asText())
        .isEqualTo("20m");
    assertThat(read.body().path("metadata").path("managedFields").findValuesAsText("subresource"))
        .contains("resize");
  }

  @Test
  void resizesNothingElse() throws Exception {
    api.post("/api/v1/namespaces/default/pods", SIZED);
    // What is not about resources is passed over.
    var body = api.get(POD).body();
    body.withObject("/metadata/labels").put("a", "b");
    body.withObject("/spec").put("activeDeadlineSeconds", 10);
    body.withObject("/spec/containers/0").put("image", "other");
    body.withObject("/spec/containers/0/resources/requests").put("cpu", "120m");
    Answer replaced = api.put(POD + "/resize", body.toString());
    assertThat(replaced.code()).as(replaced.body().toString()).isEqualTo(200);
    assertThat(replaced.body().at("/spec/containers/0/image").asText()).isEqualTo("i");
    assertThat(replaced.body().path("spec").has("activeDeadlineSeconds")).isFalse();
    assertThat(replaced.body().path("metadata").has("labels")).isFalse();
    assertThat(replaced.body().at("/spec/containers/0/resources/requests/cpu").asText())
        .isEqualTo("120m");
    // Nor are resources changed elsewhere.
    assertThat(
            api.patch(
                    POD,
                    "strategic-merge-patch",
                    resized("containers", "c", "\"resources\":{\"requests\":{\"cpu\":\"1m\"}}"))
                .text("message"))
        .contains("pod updates may not change fields other than `spec.containers[*].image`");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "containers | c | {\"limits\":{\"ephemeral-storage\":\"1Gi\"}} |"
            + " spec: Forbidden: only cpu and memory resources are mutable",
        "containers | c | {\"requests\":{\"memory\":null}} |"
            + " spec.containers[0].resources.requests: Forbidden: resource requests cannot be"
            + " removed",
        "containers | c | {\"limits\":null} | spec.containers[0].resources.limits: Forbidden:"
            + " resource limits cannot be removed",
        "containers | c | {\"requests\":{\"cpu\":\"2\"}} |"
            + " spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or"
            + " equal to cpu limit of 200m",
        "initContainers | first | {\"requests\":{\"cpu\":\"20m\"}} |"
            + " spec: Forbidden: resources for non-sidecar init containers are immutable",
        "initContainers | side | {\"requests\":{\"ephemeral-storage\":\"1Gi\"}} |"
            + " spec: Forbidden: only cpu and memory resources for sidecar containers are mutable",
        "containers | d | {\"requests\":{\"cpu\":\"20m\"}} |"
            + " spec.containers: Forbidden: containers may not be added or removed on resize"
      })
  void refusesToResize(String list, String name, String resources, String why) {
    api.post("/api/v1/namespaces/default/pods", SIZED);
    Answer refused = resize(list, name, resources);
    assertThat(refused.text("message")).contains(why);
    assertThat(refused.code()).isEqualTo(422);
  }

  @Test
  void keepsTheQualityOfServiceWhenItResizes() {
    api.post(
        "/api/v1/namespaces/default/pods",
        "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\","
            + "\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}}]}}");
    assertThat(api.get(POD).text("status", "qosClass")).isEqualTo("Guaranteed");
    assertThat(resize("containers", "c", "{\"requests\":{\"cpu\":\"500m\"}}").text("message"))
        .contains(
            "spec: Invalid value: \"Guaranteed\": Pod QOS Class may not change as a result of"
                + " resizing");
    assertThat(
            resize("containers", "c", "{\"requests\":{\"cpu\":\"2\"},\"limits\":{\"cpu\":\"2\"}}")
                .code())
        .isEqualTo(200);
    assertThat(
            api.patch(POD + "/status", "merge-patch", "{\"status\":{\"qosClass\":\"Burstable\"}}")
                .text("message"))
        .contains("status.qosClass: Invalid value: \"Burstable\": field is immutable");
    assertThat(
            api.patch(POD + "/status", "merge-patch", "{\"status\":{\"qosClass\":null}}")
                .text("status", "qosClass"))
        .isEqualTo("Guaranteed");
  }

  @Test
  void holdsAResizedPodToLimitsAndQuotas() {
    api.post("/api/v1/namespaces/default/pods", SIZED);
    api.post(
        "/api/v1/namespaces/default/resourcequotas",
        "{\"metadata\":{\"name\":\"q\"},\"spec\":{\"hard\":{\"requests.memory\":\"100Mi\"}}}");
    assertThat(resize("containers", "c", "{\"requests\":{\"memory\":\"200Mi\"}}").text("message"))
        .contains("exceeded quota: q");
    api.post(
        "/api/v1/namespaces/default/limitranges",
        "{\"metadata\":{\"name\":\"l\"},\"spec\":{\"limits\":[{\"type\":\"Container\","
            + "\"max\":{\"cpu\":\"250m\"}}]}}");
    assertThat(resize("containers", "c", "{\"limits\":{\"cpu\":\"300m\"}}").text("message"))
        .contains("maximum cpu usage per Container is 250m, but limit is 300m");
  }

  @Test
  void changesOfAPodOnlyWhatMayChange() {
    String pod =
        """
        {"metadata": {"name": "x"}, "spec": {
         "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute",
          "tolerationSeconds": 5}],
         "nodeSelector": {"a": "b"}, "schedulingGates": [{"name": "g"}],
         "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
          {"nodeSelectorTerms": [{"matchExpressions": [{"key": "k", "operator": "Exists"}]}]}}},
         "containers": [{"name": "c", "image": "i"}]}}
        """;
    assertThat(api.post("/api/v1/namespaces/default/pods", pod).code()).isEqualTo(201);
    String seconds = "[{\"op\":\"replace\",\"path\":\"/spec/tolerations/0/%s\",\"value\":%s}]";
    assertThat(api.patch(POD, "json-patch", seconds.formatted("tolerationSeconds", "9")).code())
        .isEqualTo(200);
    assertThat(api.patch(POD, "json-patch", seconds.formatted("key", "\"z\"")).text("message"))
        .contains("existing toleration can not be modified except its tolerationSeconds");
    assertThat(api.patch(POD, "merge-patch", "{\"spec\":{\"nodeSelector\":{\"c\":\"d\"}}}").code())
        .isEqualTo(200);
    assertThat(
            api.patch(POD, "merge-patch", "{\"spec\":{\"nodeSelector\":{\"a\":\"x\"}}}")
                .text("message"))
        .contains(
            "spec.nodeSelector: Invalid value: {\"a\":\"x\",\"c\":\"d\"}: only additions to"
                + " spec.nodeSelector are allowed (no mutations or deletions)");
    String terms =
        "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    String more = "[{\"op\":\"add\",\"path\":\"%s\",\"value\":%s}]";
    String expression = "{\"key\":\"l\",\"operator\":\"Exists\"}";
    assertThat(
            api.patch(
                    POD, "json-patch", more.formatted(terms + "/0/matchExpressions/-", expression))
                .code())
        .isEqualTo(200);
    assertThat(
            api.patch(
                    POD,
                    "json-patch",
                    more.formatted(terms + "/-", "{\"matchExpressions\":[" + expression + "]}"))
                .text("message"))
        .contains("no additions/deletions to non-empty NodeSelectorTerms list are allowed");
    assertThat(
            api.patch(
                    POD,
                    "json-patch",
                    "[{\"op\":\"remove\",\"path\":\"" + terms + "/0/matchExpressions/0\"}]")
                .text("message"))
        .contains("only additions are allowed (no mutations or deletions)");
    assertThat(api.patch(POD, "merge-patch", "{\"spec\":{\"nodeName\":\"n\"}}").text("message"))
        .contains("spec: Forbidden: pod updates may not change fields other than");
  }

  @Test
  void servesNoOtherSubresource() throws Exception {
    make("pods");
    assertThat(api.get(POD + "/scale").code()).isEqualTo(404);
    assertThat(api.post(POD + "/status", "{}").code()).isEqualTo(405);
    assertThat(api.get(POD + "/eviction").code()).isEqualTo(405);
  }
}
