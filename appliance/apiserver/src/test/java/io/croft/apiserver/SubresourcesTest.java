package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.apiserver.TestApi.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `scale`, `binding`, `eviction`, `approval`, `ephemeralcontainers`.
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
  void servesNoOtherSubresource() throws Exception {
    make("pods");
    assertThat(api.get(POD + "/scale").code()).isEqualTo(404);
    assertThat(api.post(POD + "/status", "{}").code()).isEqualTo(405);
    assertThat(api.get(POD + "/eviction").code()).isEqualTo(405);
  }
}
