package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the status of a `ValidatingAdmissionPolicy` says of its expressions.
final class PolicyStatusTest {
  private static final String POLICIES =
      "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";

  @TempDir Path directory;
  private TestControlPlane plane;

  @BeforeEach
  void start() throws Exception {
    plane = new TestControlPlane(directory);
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private static String policy(String resources, String rest) {
    return """
        {"metadata":{"name":"p"},"spec":{"matchConstraints":{"resourceRules":[{
          "apiGroups":["apps","","garden.example.com"],"apiVersions":["v1"],"operations":["CREATE"],
          "resources":[%s]}]},%s}}
        """
        .formatted(resources, rest);
  }

  private JsonNode checked(long generation) throws Exception {
    TestControlPlane.eventually(
        "the policy is checked",
        () ->
            plane.api.get(POLICIES + "/p").body().at("/status/observedGeneration").asLong()
                == generation);
    return plane.api.get(POLICIES + "/p").body().at("/status/typeChecking");
  }

  @Test
  void warnsOfWhatTheKindsDoNotHave() throws Exception {
    var made =
        plane.api.post(
            POLICIES,
            policy(
                "\"deployments\",\"configmaps\",\"*/scale\"",
                """
                "variables":[{"name":"r","expression":"object.spec.replicas"}],
                "validations":[
                  {"expression":"object.spec.replicas > 1 && has(object.metadata.namespace)"},
                  {"expression":"object.spec.replica > 1","messageExpression":"'x' + object.metadata.nome"},
                  {"expression":"variables.r > 'one'"},
                  {"expression":"object.kind != '' && oldObject == null && timestamp(object.metadata.creationTimestamp) > timestamp('2020-01-01T00:00:00Z')"},
                  {"expression":"request.name != '' && has(object.metadata.labels.app) && object.metadata.labels['app'] == 'x'"}]
                """));
    assertThat(made.code()).as(made.body().toString()).isEqualTo(201);
    JsonNode warnings = checked(1).path("expressionWarnings");
    assertThat(warnings.findValuesAsText("fieldRef"))
        .containsExactly(
            "spec.validations[0].expression",
            "spec.validations[1].expression",
            "spec.validations[1].messageExpression",
            "spec.validations[2].expression");
    // A ConfigMap has no spec, a Deployment one without `replica`.
    assertThat(warnings.at("/0/warning").asText())
        .startsWith("/v1, Kind=ConfigMap: ERROR: <input>:1:7: undefined field 'spec'")
        .doesNotContain("Deployment");
    assertThat(warnings.at("/1/warning").asText())
        .contains("/v1, Kind=ConfigMap: ERROR: <input>:1:7: undefined field 'spec'")
        .contains("apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replica'");
    assertThat(warnings.at("/2/warning").asText()).contains("undefined field 'nome'");
    assertThat(warnings.at("/3/warning").asText())
        .contains("apps/v1, Kind=Deployment: ERROR: <input>:1:13: found no matching overload for '_>_'");
  }

  @Test
  void checksEachGenerationOnce() throws Exception {
    plane.api.post(
        POLICIES, policy("\"deployments\"", "\"validations\":[{\"expression\":\"object.nothing == 1\"}]"));
    assertThat(checked(1).path("expressionWarnings")).hasSize(1);
    plane.api.patch(
        POLICIES + "/p",
        "merge-patch",
        "{\"spec\":{\"validations\":[{\"expression\":\"object.spec.replicas == 1\"}]}}");
    assertThat(checked(2).toString()).isEqualTo("{}");
  }

  @Test
  void knowsCustomResourcesAndParameters() throws Exception {
    var crd =
        plane.api.post(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            """
            {"metadata":{"name":"beds.garden.example.com"},"spec":{"group":"garden.example.com","scope":"Namespaced",
              "names":{"plural":"beds","singular":"bed","kind":"Bed"},"versions":[{"name":"v1","served":true,
              "storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object",
                "properties":{"plants":{"type":"integer"},"open":{"x-kubernetes-preserve-unknown-fields":true},
                  "size":{"x-kubernetes-int-or-string":true}}}}}}}]}}
            """);
    assertThat(crd.code()).as(crd.body().toString()).isEqualTo(201);
    var made =
        plane.api.post(
            POLICIES,
            policy(
                "\"beds\"",
                """
                "paramKind":{"apiVersion":"v1","kind":"ConfigMap"},
                "validations":[
                  {"expression":"object.spec.plants > 1 && object.spec.open.any == 2 && object.spec.size == 3"},
                  {"expression":"object.metadata.name == params.data.name && object.metadata.ownerReferences.all(o, o.uid != '')"},
                  {"expression":"object.spec.flowers > 1"},
                  {"expression":"params.date.name == ''"}]
                """));
    assertThat(made.code()).as(made.body().toString()).isEqualTo(201);
    JsonNode warnings = checked(1).path("expressionWarnings");
    assertThat(warnings.findValuesAsText("fieldRef"))
        .containsExactly("spec.validations[2].expression", "spec.validations[3].expression");
    assertThat(warnings.at("/0/warning").asText())
        .startsWith("garden.example.com/v1, Kind=Bed: ERROR: <input>:1:12: undefined field 'flowers'");
    assertThat(warnings.at("/1/warning").asText()).contains("undefined field 'date'");
  }
}
