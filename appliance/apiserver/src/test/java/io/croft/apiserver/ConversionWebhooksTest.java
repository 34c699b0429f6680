package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Custom resources whose versions a webhook converts, over real TLS: `v1` has one field `address`,
/// `v2` two, `host` and `port`.
@Timeout(120)
final class ConversionWebhooksTest {
  private static final String DEFINITIONS =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String DEFINITION = DEFINITIONS + "/probes.example.com";
  private static final String V1 = "/apis/example.com/v1/namespaces/default/probes";
  private static final String V2 = "/apis/example.com/v2/namespaces/default/probes";

  @TempDir Path directory;
  private TestApi api;
  private StandInServer webhook;

  /// The requests that the webhook was asked.
  private final List<JsonNode> asked = new CopyOnWriteArrayList<>();

  /// What becomes of the webhook's answers.
  private volatile UnaryOperator<ObjectNode> spoiled = UnaryOperator.identity();

  @BeforeEach
  void start() throws Exception {
    webhook = StandInServer.webhook(directory, this::review);
    api = new TestApi(directory.resolve("store"));
  }

  @AfterEach
  void stop() {
    api.close();
    webhook.close();
  }

  private ObjectNode review(ObjectNode review) {
    JsonNode request = review.path("request");
    asked.add(request);
    ObjectNode answer = Json.object();
    answer.set("apiVersion", review.get("apiVersion"));
    answer.set("kind", review.get("kind"));
    ObjectNode response = answer.putObject("response");
    response.set("uid", request.get("uid"));
    response.putObject("result").put("status", "Success");
    ArrayNode converted = response.putArray("convertedObjects");
    String wanted = request.path("desiredAPIVersion").asText();
    request.path("objects").forEach(o -> converted.add(converted((ObjectNode) o, wanted)));
    return spoiled.apply(answer);
  }

  private static ObjectNode converted(ObjectNode object, String wanted) {
    ObjectNode result = object.deepCopy().put("apiVersion", wanted);
    if (!(result.get("spec") instanceof ObjectNode spec)) {
      return result;
    }
    if (wanted.endsWith("/v2") && spec.has("address")) {
      String[] parts = spec.remove("address").asText().split(":");
      spec.put("host", parts[0]).put("port", Integer.parseInt(parts[1]));
    } else if (wanted.endsWith("/v1") && spec.has("host")) {
      spec.put("address", spec.remove("host").asText() + ":" + spec.remove("port").asText());
    }
    return result;
  }

  private String client() {
    return "{\"url\":\"https://127.0.0.1:%d/convert\",\"caBundle\":\"%s\"}"
        .formatted(webhook.port(), webhook.caBundle());
  }

  private static String conversion(String client) {
    return "{\"strategy\":\"Webhook\",\"webhook\":{\"clientConfig\":%s,".formatted(client)
        + "\"conversionReviewVersions\":[\"v1\"]}}";
  }

  private static String version(String name, boolean served, boolean storage, String fields) {
    return ("{\"name\":\"%s\",\"served\":%s,\"storage\":%s,\"subresources\":{\"status\":{}},"
            + "\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\",\"properties\":{"
            + "\"spec\":{\"type\":\"object\",\"properties\":{%s}},"
            + "\"status\":{\"type\":\"object\",\"properties\":{\"up\":{\"type\":\"boolean\"}}}}}}}")
        .formatted(name, served, storage, fields);
  }

  private static String definition(String conversion, boolean v1Served, boolean v1Stored) {
    return ("{\"metadata\":{\"name\":\"probes.example.com\"},\"spec\":{\"group\":\"example.com\","
            + "\"scope\":\"Namespaced\",\"names\":{\"plural\":\"probes\",\"kind\":\"Probe\"},"
            + "\"conversion\":%s,\"versions\":[%s,%s]}}")
        .formatted(
            conversion,
            version("v1", v1Served, v1Stored, "\"address\":{\"type\":\"string\"}"),
            version(
                "v2",
                true,
                !v1Stored,
                "\"host\":{\"type\":\"string\"},\"port\":{\"type\":\"integer\"}"));
  }

  private void define() {
    define(definition(conversion(client()), true, true));
  }

  private void define(String definition) {
    var created = api.post(DEFINITIONS, definition);
    assertThat(created.code()).as(created.body().toString()).isEqualTo(201);
  }

  private TestApi.Answer createV1(String name) {
    return api.post(
        V1, "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"address\":\"a:1\"}}".formatted(name));
  }

  private TestApi.Answer createV2(String name) {
    return api.post(
        V2,
        "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"host\":\"b\",\"port\":2}}".formatted(name));
  }

  private JsonNode stored(String name) throws Exception {
    return Json.parseObject(
        api.stored("/registry/example.com/probes/default/" + name).value().array());
  }

  @Test
  void readsAndWritesThroughEveryVersion() throws Exception {
    define();
    var created = createV2("a");
    assertThat(created.code()).as(created.body().toString()).isEqualTo(201);
    assertThat(created.text("apiVersion")).isEqualTo("example.com/v2");
    assertThat(stored("a").path("apiVersion").asText()).isEqualTo("example.com/v1");
    assertThat(stored("a").path("spec").toString()).isEqualTo("{\"address\":\"b:2\"}");
    assertThat(api.get(V1 + "/a").text("spec", "address")).isEqualTo("b:2");
    assertThat(api.get(V2 + "/a").text("spec", "host")).isEqualTo("b");

    assertThat(api.patch(V2 + "/a", "merge-patch", "{\"spec\":{\"port\":3}}").text("spec", "port"))
        .isEqualTo("3");
    ObjectNode old = api.get(V1 + "/a").body();
    old.withObject("/spec").put("address", "c:4");
    assertThat(api.put(V1 + "/a", old.toString()).code()).isEqualTo(200);
    assertThat(api.get(V2 + "/a").body().path("spec").toString())
        .isEqualTo("{\"host\":\"c\",\"port\":4}");
    var status = api.patch(V2 + "/a/status", "merge-patch", "{\"status\":{\"up\":true}}");
    assertThat(status.code()).as(status.body().toString()).isEqualTo(200);
    assertThat(api.get(V1 + "/a").text("status", "up")).isEqualTo("true");
    assertThat(api.delete(V2 + "/a").code()).isEqualTo(200);
    assertThat(api.get(V1 + "/a").code()).isEqualTo(404);
  }

  @Test
  void knowsTheOwnersOfFieldsAcrossVersions() {
    define();
    assertThat(apply(V1 + "/a?fieldManager=one", configuration("v1", "address", "a:1")).code())
        .isEqualTo(201);
    var conflict = apply(V2 + "/a?fieldManager=two", configuration("v2", "host", "b"));
    assertThat(conflict.code()).as(conflict.body().toString()).isEqualTo(409);
    assertThat(conflict.text("message")).contains("conflict with \"one\"", ".spec.address");
    var forced = apply(V2 + "/a?fieldManager=two&force=true", configuration("v2", "host", "b"));
    assertThat(forced.code()).as(forced.body().toString()).isEqualTo(200);
    assertThat(api.get(V1 + "/a").text("spec", "address")).isEqualTo("b:1");
  }

  private static String configuration(String version, String field, String value) {
    return ("{\"apiVersion\":\"example.com/%s\",\"kind\":\"Probe\",\"metadata\":"
            + "{\"name\":\"a\"},\"spec\":{\"%s\":\"%s\"}}")
        .formatted(version, field, value);
  }

  private TestApi.Answer apply(String path, String configuration) {
    return api.call("PATCH", path, "application/apply-patch+yaml", configuration);
  }

  @Test
  void convertsAListInOneRequest() {
    define();
    for (int i = 0; i < 5; i++) {
      createV1("p" + i);
    }
    asked.clear();
    JsonNode items = api.get(V2).body().path("items");
    assertThat(items).hasSize(5);
    for (int i = 0; i < 5; i++) {
      assertThat(items.get(i).path("metadata").path("name").asText()).isEqualTo("p" + i);
      assertThat(items.get(i).path("spec").toString()).isEqualTo("{\"host\":\"a\",\"port\":1}");
    }
    assertThat(asked).hasSize(1);
    assertThat(asked.getFirst().path("objects")).hasSize(5);
    assertThat(api.get(V1).body().path("items")).hasSize(5);
    assertThat(asked).hasSize(1); // nothing to convert
  }

  @Test
  void convertsAnEventOnceForAllWatchersOfAVersion() throws Exception {
    define();
    String version = createV1("a").text("metadata", "resourceVersion");
    asked.clear();
    var watches = new ArrayList<TestApi.Watching>();
    for (int i = 0; i < 4; i++) {
      watches.add(api.watch(V2 + "?watch=1&resourceVersion=" + version));
    }
    api.patch(V1 + "/a", "merge-patch", "{\"spec\":{\"address\":\"z:9\"}}");
    for (TestApi.Watching watch : watches) {
      ObjectNode event = watch.nextEvent();
      assertThat(event.path("type").asText()).isEqualTo("MODIFIED");
      assertThat(event.path("object").path("apiVersion").asText()).isEqualTo("example.com/v2");
      assertThat(event.path("object").path("spec").path("host").asText()).isEqualTo("z");
      assertThat(event.path("object").path("metadata").path("managedFields")).isNotEmpty();
    }
    assertThat(asked.stream().filter(r -> r.path("desiredAPIVersion").asText().endsWith("v2")))
        .hasSize(1);
    api.delete(V1 + "/a");
    for (TestApi.Watching watch : watches) {
      assertThat(watch.next()).isEqualTo("DELETED a");
      watch.close();
    }
  }

  @Test
  void endsAWatchWithTheReasonWhenTheWebhookFails() throws Exception {
    define();
    String version = createV1("a").text("metadata", "resourceVersion");
    spoiled = _ -> Json.object();
    try (var watch = api.watch(V2 + "?watch=1&resourceVersion=" + version)) {
      api.patch(V1 + "/a", "merge-patch", "{\"spec\":{\"address\":\"z:9\"}}");
      ObjectNode event = watch.nextEvent();
      assertThat(event.path("type").asText()).isEqualTo("ERROR");
      assertThat(event.path("object").path("code").asInt()).isEqualTo(500);
      assertThat(watch.ends()).isTrue();
    }
  }

  @Test
  void letsAWebhookChangeLabelsAndAnnotationsAndNothingElseOfTheMetadata() {
    define();
    createV1("a");
    spoiled =
        answer -> {
          ObjectNode metadata =
              (ObjectNode) answer.at("/response/convertedObjects/0").get("metadata");
          metadata.putObject("labels").put("converted", "yes");
          metadata.put("generation", 77).put("creationTimestamp", "2000-01-01T00:00:00Z");
          metadata.putArray("finalizers").add("example.com/never");
          metadata.remove("managedFields");
          return answer;
        };
    JsonNode metadata = api.get(V2 + "/a").body().path("metadata");
    assertThat(metadata.path("labels").path("converted").asText()).isEqualTo("yes");
    assertThat(metadata.path("generation").asInt()).isEqualTo(1);
    assertThat(metadata.path("creationTimestamp").asText()).doesNotStartWith("2000");
    assertThat(metadata.has("finalizers")).isFalse();
    assertThat(metadata.path("managedFields")).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /response/uid | "other" | failed: expected response.uid=
          /response/result | {"status":"Failure","message":"too hard"} | failed: too hard
          /response/result | {"status":"Perhaps"} | failed: response.result.status was 'Perhaps'
          /response | null | failed: no response provided
          /kind | "Other" | failed: expected webhook response of apiextensions.k8s.io/v1
          /response/convertedObjects | [] | returned 0 objects, expected 1
          /response/convertedObjects/0/apiVersion | "v3" | must have the same apiVersion
          /response/convertedObjects/0/kind | "Other" | must have the same kind
          /response/convertedObjects/0/metadata | null | metadata must be an object
          /response/convertedObjects/0/metadata/name | "b" | must have the same name: a != b
          /response/convertedObjects/0/metadata/namespace | "b" | must have the same namespace
          /response/convertedObjects/0/metadata/uid | "b" | must have the same UID
          /response/convertedObjects/0/metadata/labels | {"a":1} | metadata.labels must be texts
          """)
  void tellsWhatIsWrongWithAnAnswer(String at, String value, String message) {
    define();
    createV1("a");
    spoiled = answer -> with(answer, at, value);
    var failed = api.get(V2 + "/a");
    assertThat(failed.code()).isEqualTo(500);
    assertThat(failed.text("message"))
        .startsWith("conversion webhook for example.com/v1, Kind=Probe ")
        .contains(message);
    assertThat(api.get(V2).code()).isEqualTo(500);
    assertThat(createV2("c").code()).isEqualTo(500);
    assertThat(api.get(V1).body().path("items")).hasSize(1); // and nothing was stored
  }

  private static ObjectNode with(ObjectNode answer, String at, String value) {
    int last = at.lastIndexOf('/');
    var parent = (ObjectNode) answer.at(at.substring(0, last));
    try {
      parent.set(at.substring(last + 1), Json.parse(value.getBytes(StandardCharsets.UTF_8)));
    } catch (MalformedJsonException e) {
      throw new IllegalArgumentException(e);
    }
    return answer;
  }

  @Test
  void keepsAccountOfTheVersionsThatObjectsAreStoredIn() throws Exception {
    define();
    createV1("old");
    var changed = api.get(DEFINITION).body();
    ((ObjectNode) changed.at("/spec/versions/0")).put("storage", false).put("served", false);
    ((ObjectNode) changed.at("/spec/versions/1")).put("storage", true);
    assertThat(api.put(DEFINITION, changed.toString()).body().at("/status/storedVersions"))
        .hasToString("[\"v1\",\"v2\"]");
    createV2("new");
    assertThat(stored("new").path("apiVersion").asText()).isEqualTo("example.com/v2");
    assertThat(stored("old").path("apiVersion").asText()).isEqualTo("example.com/v1");
    assertThat(api.get(V2).body().path("items"))
        .allSatisfy(o -> assertThat(o.path("spec").has("host")).isTrue());
    assertThat(api.get(V1).code()).isEqualTo(404);

    var without = api.get(DEFINITION).body();
    ((ArrayNode) without.at("/spec/versions")).remove(0);
    assertThat(api.put(DEFINITION, without.toString()).code()).isEqualTo(422);
    api.patch(V2 + "/old", "merge-patch", "{\"metadata\":{\"labels\":{\"moved\":\"yes\"}}}");
    assertThat(stored("old").path("apiVersion").asText()).isEqualTo("example.com/v2");
    api.patch(DEFINITION + "/status", "merge-patch", "{\"status\":{\"storedVersions\":[\"v2\"]}}");
    without.withObject("/metadata").remove("resourceVersion");
    without.withObject("/status").putArray("storedVersions").add("v2");
    var dropped = api.put(DEFINITION, without.toString());
    assertThat(dropped.code()).as(dropped.body().toString()).isEqualTo(200);
    assertThat(dropped.body().at("/status/storedVersions")).hasToString("[\"v2\"]");
  }

  @Test
  void asksAServiceThatIsVerifiedByItsOwnName() {
    String client =
        ("{\"service\":{\"namespace\":\"default\",\"name\":\"standin\",\"path\":\"convert\","
                + "\"port\":%d},\"caBundle\":\"%s\"}")
            .formatted(webhook.port(), webhook.caBundle());
    define(definition(conversion(client), true, true));
    assertThat(createV2("a").code()).isEqualTo(500); // no such service yet
    webhook.beAService(api);
    assertThat(createV2("a").code()).isEqualTo(201);

    // Another service that leads to the same server has no certificate for its name.
    api.post(
        "/api/v1/namespaces/default/services",
        "{\"metadata\":{\"name\":\"other\"},\"spec\":{\"type\":\"ExternalName\","
            + "\"externalName\":\"localhost\"}}");
    api.patch(
        DEFINITION,
        "merge-patch",
        "{\"spec\":{\"conversion\":{\"webhook\":{\"clientConfig\":{\"service\":"
            + "{\"name\":\"other\"}}}}}}");
    var failed = api.get(V2 + "/a");
    assertThat(failed.code()).isEqualTo(500);
    assertThat(failed.text("message"))
        .contains("the server's certificate is not for other.default.svc");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"strategy":"Hook"} | spec.conversion.strategy: Unsupported value: "Hook"
          {"strategy":"Webhook"} | spec.conversion.webhook.clientConfig: Required value
          {"strategy":"None","webhook":{"conversionReviewVersions":["v1"]}} | spec.conversion.webhook: Forbidden: should not be set when strategy is not set to Webhook
          {"strategy":"Webhook","webhook":{"clientConfig":{"url":"https://a"},"conversionReviewVersions":[]}} | spec.conversion.webhook.conversionReviewVersions: Required value
          {"strategy":"Webhook","webhook":{"clientConfig":{"url":"https://a"},"conversionReviewVersions":["v7"]}} | must include at least one of v1, v1beta1
          {"strategy":"Webhook","webhook":{"clientConfig":{"url":"http://a"},"conversionReviewVersions":["v1"]}} | is the only allowed URL scheme
          {"strategy":"Webhook","webhook":{"clientConfig":{"caBundle":"AAAA"},"conversionReviewVersions":["v1"]}} | exactly one of url or service is required
          """)
  void refusesADefinitionWhoseConversionMakesNoSense(String conversion, String message) {
    var refused = api.post(DEFINITIONS, definition(conversion, true, true));
    assertThat(refused.code()).as(refused.body().toString()).isEqualTo(422);
    assertThat(refused.text("message")).contains(message);
  }
}
