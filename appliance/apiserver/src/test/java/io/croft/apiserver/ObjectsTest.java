package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.KeyValue;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Single objects: created, changed, deleted under the API's rules, stored as kube-apiserver stores
/// them.
final class ObjectsTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";

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

  private static String configMap(String name, String more) {
    return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"%s\"}%s}"
        .formatted(name, more);
  }

  @Test
  void storesUnderKubeApiserversKeyWithoutResourceVersion() {
    var created = api.post(MAPS, configMap("a", ",\"data\":{\"k\":\"v\"}"));
    assertThat(created.code()).isEqualTo(201);
    KeyValue stored = api.stored("/registry/configmaps/default/a");
    assertThat(created.text("metadata", "resourceVersion"))
        .isEqualTo(Long.toString(stored.modRevision()));
    assertThat(stored.value().asUtf8())
        .contains("\"kind\":\"ConfigMap\"", "\"data\":{\"k\":\"v\"}")
        .doesNotContain("resourceVersion");
  }

  @Test
  void sealsSecretsInTheEnvelopeOfKubernetes() {
    api.post(
        "/api/v1/namespaces/default/secrets",
        "{\"metadata\":{\"name\":\"s\"},\"stringData\":{\"p\":\"geheim\"}}");
    String stored = api.stored("/registry/secrets/default/s").value().asUtf8();
    assertThat(stored).startsWith("k8s:enc:aesgcm:v1:key1:").doesNotContain("Z2VoZWlt");
    var read = api.get("/api/v1/namespaces/default/secrets/s");
    assertThat(read.text("data", "p")).isEqualTo("Z2VoZWlt");
    assertThat(read.text("type")).isEqualTo("Opaque");
    assertThat(read.body().has("stringData")).isFalse();
  }

  @Test
  void refusesToCreateTwice() {
    api.post(MAPS, configMap("a", ""));
    var second = api.post(MAPS, configMap("a", ""));
    assertThat(second.code()).isEqualTo(409);
    assertThat(second.text("reason")).isEqualTo("AlreadyExists");
    assertThat(second.text("message")).isEqualTo("configmaps \"a\" already exists");
  }

  @Test
  void refusesNamespacesThatDoNotExist() {
    var answer = api.post("/api/v1/namespaces/none/configmaps", configMap("a", ""));
    assertThat(answer.code()).isEqualTo(404);
    assertThat(answer.text("message")).isEqualTo("namespaces \"none\" not found");
  }

  @Test
  void generatesNames() {
    var answer = api.post(MAPS, "{\"metadata\":{\"generateName\":\"web-\"}}");
    assertThat(answer.code()).isEqualTo(201);
    assertThat(answer.text("metadata", "name")).matches("web-[b-df-hj-np-tv-z2-9]{5}");
  }

  @Test
  void rejectsUpdateWithStaleResourceVersion() {
    var created = api.post(MAPS, configMap("a", ""));
    String first = created.text("metadata", "resourceVersion");
    String change =
        "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\""
            + first
            + "\"},\"data\":{\"n\":\"%s\"}}";
    assertThat(api.put(MAPS + "/a", change.formatted("1")).code()).isEqualTo(200);
    var stale = api.put(MAPS + "/a", change.formatted("2"));
    assertThat(stale.code()).isEqualTo(409);
    assertThat(stale.text("message"))
        .isEqualTo(
            "Operation cannot be fulfilled on configmaps \"a\": the object has been modified;"
                + " please apply your changes to the latest version and try again");
    assertThat(api.get(MAPS + "/a").text("data", "n")).isEqualTo("1");
  }

  @Test
  void writesNothingWhenAnUpdateChangesNothing() {
    var created = api.post(MAPS, configMap("a", ",\"data\":{\"k\":\"v\"}"));
    var same = api.put(MAPS + "/a", configMap("a", ",\"data\":{\"k\":\"v\"}"));
    assertThat(same.text("metadata", "resourceVersion"))
        .isEqualTo(created.text("metadata", "resourceVersion"));
  }

  @Test
  void patchesInThreeFormats() {
    api.post(MAPS, configMap("a", ",\"data\":{\"a\":\"1\",\"b\":\"2\"}"));
    api.patch(MAPS + "/a", "merge-patch", "{\"data\":{\"a\":null,\"c\":\"3\"}}");
    api.patch(MAPS + "/a", "json-patch", "[{\"op\":\"add\",\"path\":\"/data/d\",\"value\":\"4\"}]");
    var last =
        api.patch(
            MAPS + "/a",
            "strategic-merge-patch",
            "{\"metadata\":{\"finalizers\":[\"x.io/f\"],\"labels\":{\"l\":\"1\"}}}");
    assertThat(last.body().path("data").toString())
        .isEqualTo("{\"b\":\"2\",\"c\":\"3\",\"d\":\"4\"}");
    assertThat(last.body().path("metadata").path("finalizers").get(0).asText()).isEqualTo("x.io/f");
  }

  @Test
  void refusesPatchTypesThatItDoesNotKnow() {
    api.post(MAPS, configMap("a", ""));
    assertThat(api.patch(MAPS + "/a", "unknown", "{}").code()).isEqualTo(415);
  }

  @Test
  void waitsForFinalizersBeforeItDeletes() {
    api.post(MAPS, "{\"metadata\":{\"name\":\"a\",\"finalizers\":[\"example.com/hold\"]}}");
    var marked = api.delete(MAPS + "/a");
    assertThat(marked.text("kind")).isEqualTo("ConfigMap");
    assertThat(marked.text("metadata", "deletionTimestamp")).isNotEmpty();
    assertThat(api.get(MAPS + "/a").code()).isEqualTo(200);
    var more =
        api.patch(
            MAPS + "/a",
            "merge-patch",
            "{\"metadata\":{\"finalizers\":[\"example.com/hold\",\"example.com/new\"]}}");
    assertThat(more.code()).isEqualTo(422);
    api.patch(MAPS + "/a", "merge-patch", "{\"metadata\":{\"finalizers\":null}}");
    assertThat(api.get(MAPS + "/a").code()).isEqualTo(404);
  }

  @Test
  void deletesOnlyWhatThePreconditionsName() {
    var created = api.post(MAPS, configMap("a", ""));
    var refused = api.delete(MAPS + "/a", "{\"preconditions\":{\"uid\":\"other\"}}");
    assertThat(refused.code()).isEqualTo(409);
    String uid = created.text("metadata", "uid");
    var done = api.delete(MAPS + "/a", "{\"preconditions\":{\"uid\":\"" + uid + "\"}}");
    assertThat(done.text("status")).isEqualTo("Success");
    assertThat(done.text("details", "uid")).isEqualTo(uid);
  }

  @Test
  void doesNothingInADryRun() {
    assertThat(api.post(MAPS + "?dryRun=All", configMap("a", "")).code()).isEqualTo(201);
    assertThat(api.get(MAPS + "/a").code()).isEqualTo(404);
    api.post(MAPS, configMap("b", ""));
    api.call("DELETE", MAPS + "/b?dryRun=All", "", "");
    assertThat(api.get(MAPS + "/b").code()).isEqualTo(200);
    assertThat(api.post(MAPS + "?dryRun=Some", configMap("a", "")).code()).isEqualTo(400);
  }

  @Test
  void namesUnknownFieldsOrRefusesThem() {
    String body = configMap("a", ",\"dta\":{}");
    var warned = api.post(MAPS, body);
    assertThat(warned.code()).isEqualTo(201);
    assertThat(warned.headers().first("warning").orElse(""))
        .isEqualTo("299 - \"unknown field \\\"dta\\\"\"");
    assertThat(warned.body().has("dta")).isFalse();
    var refused = api.post(MAPS + "?fieldValidation=Strict", configMap("b", ",\"dta\":{}"));
    assertThat(refused.code()).isEqualTo(400);
    assertThat(refused.text("message")).contains("strict decoding error: unknown field \"dta\"");
  }

  @Test
  void refusesValuesOfAnotherType() {
    var answer = api.post(MAPS, configMap("a", ",\"data\":{\"n\":7}"));
    assertThat(answer.code()).isEqualTo(400);
    assertThat(answer.text("message")).contains("cannot be handled as a ConfigMap");
  }

  @Test
  void refusesMalformedJsonAndOtherMediaTypes() {
    assertThat(api.post(MAPS, "{\"metadata\":").code()).isEqualTo(400);
    assertThat(api.post(MAPS, "[]").code()).isEqualTo(400);
    assertThat(api.call("POST", MAPS, "application/vnd.kubernetes.protobuf", "k8s").code())
        .isEqualTo(400);
    assertThat(api.call("POST", MAPS, "text/plain", "kind: ConfigMap").code()).isEqualTo(415);
    assertThat(api.get(MAPS, "accept", "application/vnd.kubernetes.protobuf").code())
        .isEqualTo(406);
  }

  @Test
  void tellsEverythingThatIsWrongWithAnObject() {
    var answer =
        api.post(
            MAPS,
            "{\"metadata\":{\"name\":\"Bad_Name\",\"labels\":{\"x"
                + " y\":\"1\"}},\"data\":{\"a/b\":\"\"}}");
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.text("reason")).isEqualTo("Invalid");
    assertThat(answer.body().path("details").path("causes").findValuesAsText("field"))
        .contains("metadata.name", "metadata.labels", "data[a/b]");
  }

  @Test
  void keepsFrozenData() {
    api.post(MAPS, configMap("a", ",\"data\":{\"k\":\"v\"},\"immutable\":true"));
    var answer = api.patch(MAPS + "/a", "merge-patch", "{\"data\":{\"k\":\"w\"}}");
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.text("message")).contains("field is immutable when `immutable` is set");
  }

  @Test
  void letsNamespacesGoOnlyWhenTheyHaveBeenFinalized() {
    api.post("/api/v1/namespaces", "{\"metadata\":{\"name\":\"team\"}}");
    var marked = api.delete("/api/v1/namespaces/team");
    assertThat(marked.text("status", "phase")).isEqualTo("Terminating");
    var late = api.post("/api/v1/namespaces/team/configmaps", configMap("a", ""));
    assertThat(late.code()).isEqualTo(403);
    assertThat(late.body().path("details").path("causes").get(0).path("reason").asText())
        .isEqualTo("NamespaceTerminating");
    api.put(
        "/api/v1/namespaces/team/finalize",
        "{\"metadata\":{\"name\":\"team\"},\"spec\":{\"finalizers\":[]}}");
    assertThat(api.get("/api/v1/namespaces/team").code()).isEqualTo(404);
  }

  @Test
  void servesNamespacesUnderTheirOwnPathOnly() {
    assertThat(api.get("/api/v1/namespaces/default/namespaces").code()).isEqualTo(404);
    assertThat(api.delete("/api/v1/namespaces/default/namespaces/kube-node-lease").code())
        .isEqualTo(404);
    assertThat(api.get("/api/v1/namespaces/kube-node-lease").code()).isEqualTo(200);
  }

  @Test
  void createsOnlyInCollections() {
    assertThat(api.post(MAPS + "/a", configMap("b", "")).code()).isEqualTo(405);
    assertThat(api.get(MAPS + "/b").code()).isEqualTo(404);
  }

  @Test
  void doesNotCreateByPatching() {
    String leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    String lease =
        "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":\"%s\"}}";
    assertThat(api.patch(leases + "/l", "merge-patch", lease.formatted("other")).code())
        .isEqualTo(404);
    assertThat(api.put(leases + "/l", lease.formatted("l")).code()).isEqualTo(201);
  }

  @Test
  void refusesDeleteOptionsThatMeanNothing() {
    api.post(MAPS, configMap("a", ""));
    assertThat(api.delete(MAPS + "/a", "{\"dryRun\":\"All\"}").code()).isEqualTo(400);
    assertThat(api.delete(MAPS + "/a", "{\"dryRun\":[\"some\"]}").code()).isEqualTo(422);
    assertThat(api.delete(MAPS + "/a", "{\"preconditions\":\"x\"}").code()).isEqualTo(400);
    assertThat(api.delete(MAPS + "/a", "{\"dryRun\":[\"All\"]}").code()).isEqualTo(200);
    assertThat(api.get(MAPS + "/a").code()).isEqualTo(200);
  }

  @Test
  void keepsTheNamespacesThatEverythingRestsOn() {
    assertThat(api.delete("/api/v1/namespaces/kube-system").code()).isEqualTo(403);
    assertThat(api.delete("/api/v1/namespaces").code()).isEqualTo(405);
  }

  @Test
  void boundsWhatItSaysAboutAThousandErrors() {
    var data = new StringBuilder("\"x\":\"\"");
    for (int i = 0; i < 20_000; i++) {
      data.append(",\"!").append(i).append("\":\"\"");
    }
    var answer = api.post(MAPS, configMap("a", ",\"data\":{" + data + "}"));
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.body().toString().length()).isLessThan(100_000);
  }

  @Test
  void servesEventsInBothGroups() {
    api.post(
        "/apis/events.k8s.io/v1/namespaces/default/events",
        "{\"metadata\":{\"name\":\"e\"},\"note\":\"hello\",\"reason\":\"Greeting\",\"type\":\"Normal\","
            + "\"eventTime\":\"2026-01-01T00:00:00.000000Z\",\"reportingController\":\"t\","
            + "\"regarding\":{\"kind\":\"Pod\",\"name\":\"p\"}}");
    var core = api.get("/api/v1/namespaces/default/events/e");
    assertThat(core.text("message")).isEqualTo("hello");
    assertThat(core.text("involvedObject", "name")).isEqualTo("p");
    assertThat(api.stored("/registry/events/default/e").lease()).isNotZero();
    var selected =
        api.get("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dp");
    assertThat(selected.body().path("items")).hasSize(1);
  }

  @Test
  void findsEverythingAgainAfterARestart() {
    api.post(MAPS, configMap("a", ",\"data\":{\"k\":\"v\"}"));
    api.close();
    api = new TestApi(directory);
    assertThat(api.get(MAPS + "/a").text("data", "k")).isEqualTo("v");
  }

  @Test
  void takesYamlWhereverItTakesAnObject() {
    String yaml = "application/yaml";
    var created = api.call("POST", MAPS, yaml, "metadata: {name: y}\ndata: {a: '1'}\n");
    assertThat(created.code()).as(created.body().toString()).isEqualTo(201);
    var changed = api.call("PUT", MAPS + "/y", yaml, "metadata:\n  name: y\ndata:\n  a: two\n");
    assertThat(changed.text("data", "a")).isEqualTo("two");
    assertThat(api.call("POST", MAPS, yaml, "a: [").code()).isEqualTo(400);
    assertThat(api.call("POST", MAPS, yaml, "- a").code()).isEqualTo(400);
    assertThat(api.call("DELETE", MAPS + "/y", yaml, "dryRun: [All]\n").code()).isEqualTo(200);
    assertThat(api.get(MAPS + "/y").code()).isEqualTo(200);
  }
}
