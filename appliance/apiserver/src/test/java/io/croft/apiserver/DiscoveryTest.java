package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.base.http.HttpResponse;
import io.croft.model.Json;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the server tells of itself: discovery, OpenAPI, version, health, reviews.
final class DiscoveryTest {
  @TempDir Path directory;
  private TestApi api;

  @BeforeEach
  void start() {
    api = new TestApi(directory);
    api.post(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", CustomResourcesTest.WIDGET_CRD);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void listsGroupsAndResources() {
    assertThat(api.get("/api").body().path("versions").get(0).asText()).isEqualTo("v1");
    assertThat(api.get("/apis").body().path("groups").findValuesAsText("name"))
        .contains("rbac.authorization.k8s.io", "apiextensions.k8s.io", "example.com");
    assertThat(api.get("/api/v1").body().path("resources").findValuesAsText("name"))
        .contains("configmaps", "namespaces", "namespaces/finalize", "namespaces/status");
    assertThat(api.get("/apis/none.example.com/v1").code()).isEqualTo(404);
  }

  @Test
  void listsEverythingAtOnce() {
    var all =
        api.get(
            "/apis",
            "accept",
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json");
    assertThat(all.text("kind")).isEqualTo("APIGroupDiscoveryList");
    assertThat(all.body().findValuesAsText("resource")).contains("widgets", "leases");
  }

  @Test
  void describesEveryResourceWithSchemasThatResolve() {
    JsonNode paths = api.get("/openapi/v3").body().path("paths");
    assertThat(paths.has("api/v1")).isTrue();
    assertThat(paths.has("apis/example.com/v1")).isTrue();
    for (JsonNode place : paths) {
      JsonNode document = api.get(place.path("serverRelativeURL").asText()).body();
      JsonNode schemas = document.path("components").path("schemas");
      for (String ref : references(document)) {
        String name = ref.substring("#/components/schemas/".length());
        assertThat(schemas.has(name)).as(ref).isTrue();
      }
      assertThat(document.path("paths").size()).isPositive();
    }
  }

  @Test
  void keepsDocumentsCompressed() throws Exception {
    var plain = api.get("/openapi/v3/apis/apps/v1").body();
    var packed =
        (HttpResponse.Complete)
            api.raw("GET", "/openapi/v3/apis/apps/v1", "", "", "accept-encoding", "gzip");
    assertThat(packed.headers().first("content-encoding")).contains("gzip");
    try (var in = new GZIPInputStream(new ByteArrayInputStream(packed.body()))) {
      assertThat(Json.parse(in.readAllBytes())).isEqualTo(plain);
    }
    assertThat(
            plain
                .at("/components/schemas")
                .path("io.k8s.apimachinery.pkg.api.resource.Quantity")
                .path("oneOf")
                .size())
        .isEqualTo(2);
  }

  @Test
  void describesEverythingInTheOlderFormToo() {
    JsonNode document = api.get("/openapi/v2").body();
    JsonNode definitions = document.path("definitions");
    assertThat(definitions.has("com.example.v1.Widget")).isTrue();
    for (String ref : references(document)) {
      assertThat(definitions.has(ref.substring("#/definitions/".length()))).as(ref).isTrue();
    }
  }

  /// `JSONSchemaProps` has a field called `$ref`, which is none.
  private static List<String> references(JsonNode document) {
    return document.findValues("$ref").stream()
        .filter(JsonNode::isTextual)
        .map(JsonNode::asText)
        .toList();
  }

  @Test
  void tellsItsHealth() {
    assertThat(api.get("/readyz").text("text")).isEqualTo("ok");
    assertThat(api.get("/readyz?verbose").text("text"))
        .isEqualTo("[+]ping ok\n[+]store ok\nreadyz check passed\n");
    assertThat(api.get("/livez/ping").text("text")).isEqualTo("ok");
    assertThat(api.get("/readyz/none").code()).isEqualTo(404);
  }

  @Test
  void tellsItsVersion() {
    assertThat(api.get("/version").text("gitVersion")).matches("v1\\.\\d+\\.\\d+\\+croft\\.test");
  }

  @Test
  void tellsTheCallerWhoItIs() {
    var review = api.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}");
    assertThat(review.code()).isEqualTo(201);
    assertThat(review.text("status", "userInfo", "username")).isEqualTo("alice");
  }

  @Test
  void tellsTheCallerWhatItMay() {
    var review =
        api.post(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            "{\"spec\":{\"resourceAttributes\":{\"verb\":\"get\",\"resource\":\"secrets\"}}}");
    assertThat(review.body().path("status").path("allowed").asBoolean()).isTrue();
    assertThat(
            api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "{\"spec\":{}}")
                .code())
        .isEqualTo(400);
  }
}
