package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Custom resource definitions and what they define.
final class CustomResourcesTest {
  private static final String CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String WIDGETS = "/apis/example.com/v1/namespaces/default/widgets";

  static final String WIDGET_CRD =
      """
      {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
       "metadata":{"name":"widgets.example.com"},
       "spec":{"group":"example.com","scope":"Namespaced",
        "names":{"plural":"widgets","kind":"Widget","shortNames":["wd"]},
        "versions":[
         {"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
          "additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"}],
          "schema":{"openAPIV3Schema":{"type":"object","properties":{
            "spec":{"type":"object","required":["size"],"properties":{
              "size":{"type":"integer","minimum":1},
              "color":{"type":"string","default":"red"}}},
            "status":{"type":"object","properties":{"phase":{"type":"string"}}}}}}},
         {"name":"v1beta1","served":true,"storage":false,
          "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}
      """;

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

  private static String widget(String name, String spec) {
    return "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"%s\"},\"spec\":%s}"
        .formatted(name, spec);
  }

  @Test
  void servesADefinitionAsSoonAsItIsCreated() {
    var crd = api.post(CRDS, WIDGET_CRD);
    assertThat(crd.code()).isEqualTo(201);
    assertThat(crd.body().path("status").path("conditions").findValuesAsText("type"))
        .containsExactly("NamesAccepted", "Established");
    assertThat(crd.text("spec", "names", "listKind")).isEqualTo("WidgetList");
    var created = api.post(WIDGETS, widget("w", "{\"size\":3,\"weight\":1}"));
    assertThat(created.code()).isEqualTo(201);
    assertThat(created.text("spec", "color")).isEqualTo("red");
    assertThat(created.body().path("spec").has("weight")).isFalse();
    assertThat(api.stored("/registry/example.com/widgets/default/w").value().asUtf8())
        .contains("\"apiVersion\":\"example.com/v1\"");
    assertThat(api.get("/apis/example.com/v1").body().path("resources").findValuesAsText("name"))
        .containsExactly("widgets", "widgets/status");
  }

  @Test
  void refusesWhatTheSchemaRefuses() {
    api.post(CRDS, WIDGET_CRD);
    var small = api.post(WIDGETS, widget("w", "{\"size\":0}"));
    assertThat(small.code()).isEqualTo(422);
    assertThat(small.text("message"))
        .contains(
            "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1");
    assertThat(api.post(WIDGETS, widget("w", "{}")).text("message"))
        .contains("spec.size: Required value");
    assertThat(api.post(WIDGETS, widget("w", "{\"size\":\"big\"}")).code()).isEqualTo(422);
  }

  @Test
  void countsGenerationsOfTheWantedStateOnly() {
    api.post(CRDS, WIDGET_CRD);
    api.post(WIDGETS, widget("w", "{\"size\":1}"));
    var labelled =
        api.patch(WIDGETS + "/w", "merge-patch", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
    assertThat(labelled.text("metadata", "generation")).isEqualTo("1");
    var resized =
        api.patch(
            WIDGETS + "/w", "merge-patch", "{\"spec\":{\"size\":2},\"status\":{\"phase\":\"no\"}}");
    assertThat(resized.text("metadata", "generation")).isEqualTo("2");
    assertThat(resized.body().has("status")).isFalse();
    var status =
        api.patch(
            WIDGETS + "/w/status",
            "merge-patch",
            "{\"spec\":{\"size\":9},\"status\":{\"phase\":\"Ready\"}}");
    assertThat(status.text("metadata", "generation")).isEqualTo("2");
    assertThat(status.text("spec", "size")).isEqualTo("2");
    assertThat(status.text("status", "phase")).isEqualTo("Ready");
  }

  @Test
  void needsAResourceVersionToReplace() {
    api.post(CRDS, WIDGET_CRD);
    api.post(WIDGETS, widget("w", "{\"size\":1}"));
    var answer = api.put(WIDGETS + "/w", widget("w", "{\"size\":2}"));
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.text("message"))
        .contains("metadata.resourceVersion: Invalid value: 0: must be specified for an update");
  }

  @Test
  void servesEveryVersionOfAnObject() {
    api.post(CRDS, WIDGET_CRD);
    api.post(WIDGETS, widget("w", "{\"size\":1}"));
    var beta = api.get("/apis/example.com/v1beta1/namespaces/default/widgets/w");
    assertThat(beta.text("apiVersion")).isEqualTo("example.com/v1beta1");
    assertThat(beta.text("spec", "size")).isEqualTo("1");
    var group = api.get("/apis/example.com");
    assertThat(group.text("preferredVersion", "version")).isEqualTo("v1");
  }

  @Test
  void showsItsPrinterColumns() {
    api.post(CRDS, WIDGET_CRD);
    api.post(WIDGETS, widget("w", "{\"size\":7}"));
    var table = api.get(WIDGETS, "accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
    assertThat(table.body().path("columnDefinitions").findValuesAsText("name"))
        .containsExactly("Name", "Size");
    assertThat(table.body().path("rows").get(0).path("cells").get(1).asInt()).isEqualTo(7);
  }

  @Test
  void tellsWhatIsWrongWithADefinition() {
    var answer =
        api.post(
            CRDS,
            """
            {"metadata":{"name":"gadgets.example.com"},
             "spec":{"group":"example.com","scope":"Everywhere",
              "names":{"plural":"gizmos","kind":"Gadget"},
              "versions":[{"name":"v1","served":true,"storage":false,
               "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{}}}}}]}}
            """);
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.body().path("details").path("causes").findValuesAsText("field"))
        .contains(
            "metadata.name",
            "spec.scope",
            "spec.versions",
            "spec.versions[0].schema.openAPIV3Schema.properties[spec].type");
    assertThat(api.get("/apis/example.com").code()).isEqualTo(404);
  }

  @Test
  void leavesNamesToTheDefinitionThatHadThemFirst() {
    api.post(CRDS, WIDGET_CRD);
    var second =
        api.post(
            CRDS,
            WIDGET_CRD
                .replace("widgets", "widgetz")
                .replace("\"kind\":\"Widget\"", "\"kind\":\"Widgetz\""));
    assertThat(second.code()).isEqualTo(201);
    assertThat(second.body().path("status").path("conditions").findValuesAsText("status"))
        .containsExactly("False", "False");
    assertThat(api.get("/apis/example.com/v1/widgetz").code()).isEqualTo(404);
  }

  @Test
  void holdsADefinitionBackUntilItsObjectsAreGone() {
    api.post(CRDS, WIDGET_CRD);
    api.post(WIDGETS, widget("w", "{\"size\":1}"));
    var marked = api.delete(CRDS + "/widgets.example.com");
    assertThat(marked.body().path("metadata").path("finalizers").get(0).asText())
        .isEqualTo("customresourcecleanup.apiextensions.k8s.io");
    assertThat(api.post(WIDGETS, widget("late", "{\"size\":1}")).code()).isEqualTo(405);
    assertThat(api.delete(WIDGETS + "/w").code()).isEqualTo(200);
    api.patch(CRDS + "/widgets.example.com", "merge-patch", "{\"metadata\":{\"finalizers\":null}}");
    assertThat(api.get("/apis/example.com/v1").code()).isEqualTo(404);
  }

  @Test
  void staysEstablishedWhateverAClientWritesIntoItsStatus() {
    api.post(CRDS, WIDGET_CRD);
    api.patch(CRDS + "/widgets.example.com/status", "merge-patch", "{\"status\":null}");
    assertThat(api.post(WIDGETS, widget("w", "{\"size\":1}")).code()).isEqualTo(201);
    var crd = api.get(CRDS + "/widgets.example.com");
    assertThat(crd.body().path("status").path("storedVersions").get(0).asText()).isEqualTo("v1");
  }

  @Test
  void takesWritesThatCrossAChangeOfTheDefinition() {
    api.post(CRDS, WIDGET_CRD);
    for (int i = 0; i < 20; i++) {
      api.patch(
          CRDS + "/widgets.example.com",
          "merge-patch",
          "{\"metadata\":{\"labels\":{\"n\":\"" + i + "\"}}}");
      assertThat(api.post(WIDGETS, widget("w" + i, "{\"size\":1}")).code()).isEqualTo(201);
    }
  }

  @Test
  void acceptsColumnsThatItCannotFollow() {
    var crd = api.post(CRDS, WIDGET_CRD.replace(".spec.size", ".status.list[?(@.a>1)].b"));
    assertThat(crd.code()).isEqualTo(201);
  }

  @Test
  void servesItsDefinitionsAgainAfterARestart() {
    api.post(CRDS, WIDGET_CRD);
    api.post(WIDGETS, widget("w", "{\"size\":1}"));
    api.close();
    api = new TestApi(directory);
    assertThat(api.get(WIDGETS + "/w").text("spec", "size")).isEqualTo("1");
  }

  @Test
  void protectsTheGroupsOfTheCommunity() {
    String crd =
        "{\"metadata\":{\"name\":\"beds.flowers.k8s.io\"%s},\"spec\":{\"group\":\"flowers.k8s.io\","
            + "\"scope\":\"Namespaced\",\"names\":{\"plural\":\"beds\",\"kind\":\"Bed\"},\"versions\":"
            + "[{\"name\":\"v1\",\"served\":true,\"storage\":true,\"schema\":{\"openAPIV3Schema\":"
            + "{\"type\":\"object\"}}}]}}";
    String annotation = ",\"annotations\":{\"api-approved.kubernetes.io\":\"%s\"}";
    String crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    assertThat(api.post(crds, crd.formatted("")).text("message"))
        .contains("metadata.annotations[api-approved.kubernetes.io]: Required value");
    assertThat(api.post(crds, crd.formatted(annotation.formatted("please"))).code()).isEqualTo(422);
    var created = api.post(crds, crd.formatted(annotation.formatted("https://example.com/pull/1")));
    assertThat(created.code()).isEqualTo(201);
    assertThat(created.body().path("status").path("conditions").findValuesAsText("reason"))
        .contains("ApprovedAnnotation");
  }
}
