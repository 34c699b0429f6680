package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.TestApi.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Server-side apply and `managedFields` as clients meet them, with kube-apiserver's answers.
final class ServerSideApplyTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String SHELVES = "/apis/example.com/v1/namespaces/default/shelves";

  private static final String SHELF_CRD =
      """
      {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
       "metadata":{"name":"shelves.example.com"},
       "spec":{"group":"example.com","scope":"Namespaced",
        "names":{"plural":"shelves","kind":"Shelf"},
        "versions":[
         {"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
          "schema":{"openAPIV3Schema":{"type":"object","properties":{
            "spec":{"type":"object","properties":{
              "height":{"type":"integer"},
              "colour":{"type":"string","default":"oak"},
              "box":{"type":"object","x-kubernetes-map-type":"atomic",
                "properties":{"w":{"type":"integer"},"h":{"type":"integer"}}},
              "tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
              "notes":{"type":"array","items":{"type":"string"}},
              "ports":{"type":"array","x-kubernetes-list-type":"map",
                "x-kubernetes-list-map-keys":["port","protocol"],
                "items":{"type":"object","required":["port","protocol"],"properties":{
                  "port":{"type":"integer"},
                  "protocol":{"type":"string","default":"TCP"},
                  "name":{"type":"string"}}}},
              "any":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}},
            "status":{"type":"object","properties":{
              "phase":{"type":"string"},"used":{"type":"integer"}}}}}}},
         {"name":"v2","served":true,"storage":false,"subresources":{"status":{}},
          "schema":{"openAPIV3Schema":{"type":"object",
            "x-kubernetes-preserve-unknown-fields":true}}}]}}
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

  private Answer apply(String path, String query, String configuration) {
    return api.call("PATCH", path + "?" + query, "application/apply-patch+yaml", configuration);
  }

  private Answer applyMap(String manager, String data) {
    return apply(MAPS + "/m", "fieldManager=" + manager, map(data));
  }

  private static String map(String data) {
    return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\"},\"data\":"
        + data
        + "}";
  }

  private static String shelf(String spec) {
    return "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Shelf\",\"metadata\":{\"name\":\"s\"},"
        + "\"spec\":"
        + spec
        + "}";
  }

  private Answer applyShelf(String manager, String spec) {
    return apply(SHELVES + "/s", "fieldManager=" + manager, shelf(spec));
  }

  /// Every entry as `MANAGER OPERATION VERSION[/SUBRESOURCE] FIELDS`.
  private static List<String> owners(Answer answer) {
    var owners = new ArrayList<String>();
    for (JsonNode entry : answer.body().path("metadata").path("managedFields")) {
      String subresource = entry.path("subresource").asText("");
      owners.add(
          entry.path("manager").asText()
              + " "
              + entry.path("operation").asText()
              + " "
              + entry.path("apiVersion").asText()
              + (subresource.isEmpty() ? "" : "/" + subresource)
              + " "
              + entry.path("fieldsV1"));
    }
    return owners;
  }

  @Test
  void recordsWhoCreatedAnObjectAsKubeApiserverDoes() {
    Answer created =
        api.call(
            "POST",
            MAPS + "?fieldManager=kubectl-create",
            "application/json",
            "{\"metadata\":{\"name\":\"m\",\"labels\":{\"l\":\"1\"},\"finalizers\":[\"x.io/f\"]},"
                + "\"data\":{\"b\":\"2\",\"a\":\"1\"}}");
    assertThat(owners(created))
        .containsExactly(
            "kubectl-create Update v1 {\"f:data\":{\".\":{},\"f:a\":{},\"f:b\":{}},"
                + "\"f:metadata\":{\"f:finalizers\":{\".\":{},\"v:\\\"x.io/f\\\"\":{}},"
                + "\"f:labels\":{\".\":{},\"f:l\":{}}}}");
    JsonNode entry = created.body().path("metadata").path("managedFields").get(0);
    assertThat(entry.path("fieldsType").asText()).isEqualTo("FieldsV1");
    assertThat(entry.path("time").asText()).matches("20..-..-..T..:..:..Z");
    assertThat(api.get(MAPS + "/m").body()).isEqualTo(created.body());
  }

  @Test
  void namesClientsByTheirUserAgent() {
    Answer created =
        api.call("POST", MAPS, "application/json", map("{}"), "user-agent", "cu\u0001rl/8.5 (x)");
    assertThat(created.body().path("metadata").path("managedFields").findValuesAsText("manager"))
        .containsExactly("curl");
    Answer changed = api.patch(MAPS + "/m", "merge-patch", "{\"data\":{\"k\":\"v\"}}");
    assertThat(changed.body().path("metadata").path("managedFields").findValuesAsText("manager"))
        .containsExactlyInAnyOrder("curl", "unknown");
  }

  @Test
  void leavesOutOfTheRecordWhatTheServerDecides() {
    Answer namespace =
        api.call(
            "POST",
            "/api/v1/namespaces?fieldManager=me",
            "application/json",
            "{\"metadata\":{\"name\":\"n\"}}");
    assertThat(owners(namespace))
        .containsExactly(
            "me Update v1 {\"f:metadata\":{\"f:labels\":{\".\":{},"
                + "\"f:kubernetes.io/metadata.name\":{}}}}");
  }

  @Test
  void createsWhatIsAppliedAndDoesNotExist() {
    Answer created = applyMap("a", "{\"k\":\"v\"}");
    assertThat(created.code()).isEqualTo(201);
    assertThat(owners(created)).containsExactly("a Apply v1 {\"f:data\":{\"f:k\":{}}}");
    Answer again = applyMap("a", "{\"k\":\"v\"}");
    assertThat(again.code()).isEqualTo(200);
    assertThat(again.body()).isEqualTo(created.body());
  }

  @Test
  void takesYaml() {
    Answer created =
        apply(
            MAPS + "/m",
            "fieldManager=a",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  k: 'yes'\n");
    assertThat(created.code()).isEqualTo(201);
    assertThat(created.text("data", "k")).isEqualTo("yes");
    Answer bad = apply(MAPS + "/m", "fieldManager=a", "a: [1\nb: }");
    assertThat(bad.code()).isEqualTo(400);
    assertThat(bad.text("message")).startsWith("error decoding patch: line ");
  }

  @Test
  void removesWhatIsNoLongerAppliedUnlessOthersOwnIt() {
    applyMap("a", "{\"mine\":\"1\",\"ours\":\"2\"}");
    applyMap("b", "{\"ours\":\"2\",\"theirs\":\"3\"}");
    Answer less = applyMap("a", "{}");
    assertThat(less.body().path("data").toString()).isEqualTo("{\"ours\":\"2\",\"theirs\":\"3\"}");
    assertThat(owners(less))
        .containsExactlyInAnyOrder(
            "a Apply v1 {\"f:data\":{}}",
            "b Apply v1 {\"f:data\":{\"f:ours\":{},\"f:theirs\":{}}}");
  }

  @Test
  void refusesToChangeWhatOthersOwn() {
    api.call("POST", MAPS + "?fieldManager=editor", "application/json", map("{\"k\":\"1\"}"));
    Answer conflict = applyMap("a", "{\"k\":\"2\"}");
    assertThat(conflict.code()).isEqualTo(409);
    assertThat(conflict.text("reason")).isEqualTo("Conflict");
    assertThat(conflict.text("message"))
        .isEqualTo("Apply failed with 1 conflict: conflict with \"editor\" using v1: .data.k");
    assertThat(conflict.body().path("details").path("causes").toString())
        .isEqualTo(
            "[{\"reason\":\"FieldManagerConflict\",\"message\":\"conflict with \\\"editor\\\" using"
                + " v1\",\"field\":\".data.k\"}]");
    assertThat(api.get(MAPS + "/m").text("data", "k")).isEqualTo("1");
    Answer forced = apply(MAPS + "/m", "fieldManager=a&force=true", map("{\"k\":\"2\"}"));
    assertThat(forced.text("data", "k")).isEqualTo("2");
    assertThat(owners(forced))
        .containsExactly(
            "a Apply v1 {\"f:data\":{\"f:k\":{}}}", "editor Update v1 {\"f:data\":{}}");
  }

  @Test
  void namesAllConflictsByOwner() {
    applyMap("a", "{\"x\":\"1\",\"y\":\"1\"}");
    api.call(
        "PATCH",
        MAPS + "/m?fieldManager=e",
        "application/merge-patch+json",
        "{\"data\":{\"z\":\"1\"}}");
    assertThat(applyMap("b", "{\"x\":\"2\",\"y\":\"2\",\"z\":\"2\"}").text("message"))
        .isEqualTo(
            "Apply failed with 3 conflicts: conflicts with \"a\":\n- .data.x\n- .data.y\n"
                + "conflicts with \"e\" using v1:\n- .data.z");
  }

  @Test
  void doesNotWriteWhatOnlyLooksLikeAChange() {
    Answer first = applyMap("a", "{\"k\":\"v\"}");
    Answer shared = applyMap("b", "{\"k\":\"v\"}");
    assertThat(owners(shared)).hasSize(2);
    assertThat(shared.text("metadata", "resourceVersion"))
        .isNotEqualTo(first.text("metadata", "resourceVersion"));
    assertThat(applyMap("b", "{\"k\":\"v\"}").body()).isEqualTo(shared.body());
    assertThat(api.put(MAPS + "/m", map("{\"k\":\"v\"}")).body()).isEqualTo(shared.body());
    String withNull = "{\"k\":\"v\",\"n\":null}";
    Answer once = applyMap("b", withNull);
    assertThat(applyMap("b", withNull).body()).isEqualTo(once.body());
  }

  @Test
  void writesNothingInADryRun() {
    Answer dry = apply(MAPS + "/m", "fieldManager=a&dryRun=All", map("{\"k\":\"v\"}"));
    assertThat(dry.code()).isEqualTo(201);
    assertThat(owners(dry)).hasSize(1);
    assertThat(api.get(MAPS + "/m").code()).isEqualTo(404);
  }

  @Test
  void needsANameToOwnBy() {
    Answer nameless = apply(MAPS + "/m", "", map("{}"));
    assertThat(nameless.code()).isEqualTo(422);
    assertThat(nameless.text("message"))
        .isEqualTo(
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required"
                + " for apply patch");
    Answer tooLong = apply(MAPS + "/m", "fieldManager=" + "x".repeat(129), map("{}"));
    assertThat(tooLong.text("message"))
        .isEqualTo(
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Too long: may not be more than"
                + " 128 bytes");
    Answer unprintable = apply(MAPS + "/m", "fieldManager=a%07b", map("{}"));
    assertThat(unprintable.text("message"))
        .contains("fieldManager: Invalid value: ", "invalid character U+0007 (at position 1)");
    Answer forced = api.call("PATCH", MAPS + "/m?force=true", "application/merge-patch+json", "{}");
    assertThat(forced.code()).isEqualTo(422);
    assertThat(forced.text("message"))
        .endsWith("force: Forbidden: may not be specified for non-apply patch");
  }

  @Test
  void refusesConfigurationsThatItCannotMerge() {
    api.post(CRDS, SHELF_CRD);
    Answer unknown = applyShelf("a", "{\"depth\":1}");
    assertThat(unknown.code()).isEqualTo(400);
    assertThat(unknown.text("message"))
        .isEqualTo(
            "failed to create typed patch object (/s; example.com/v1, Kind=Shelf): .spec.depth:"
                + " field not declared in schema");
    assertThat(applyShelf("a", "{\"tags\":[\"x\",\"x\"]}").text("message"))
        .endsWith(".spec.tags: duplicate entries for key [=\"x\"]");
    assertThat(
            applyShelf("a", "{\"ports\":[{\"port\":1},{\"port\":1,\"protocol\":\"TCP\"}]}")
                .text("message"))
        .endsWith(".spec.ports: duplicate entries for key [port=1,protocol=\"TCP\"]");
    Answer owning =
        apply(
            MAPS + "/m",
            "fieldManager=a",
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"managedFields\":[]}}");
    assertThat(owning.code()).isEqualTo(400);
    assertThat(owning.text("message")).isEqualTo("metadata.managedFields must be nil");
    assertThat(apply(MAPS + "/m", "fieldManager=a", "{\"kind\":\"ConfigMap\"}").text("message"))
        .isEqualTo("invalid object type: /, Kind=ConfigMap");
    assertThat(apply(MAPS + "/other", "fieldManager=a", map("{}")).text("message"))
        .isEqualTo("the name of the object (m) does not match the name on the URL (other)");
    assertThat(api.get(MAPS + "/m").code()).isEqualTo(404);
  }

  @Test
  void mergesByTheTopologyOfTheSchema() {
    api.post(CRDS, SHELF_CRD);
    Answer first =
        applyShelf(
            "a",
            "{\"tags\":[\"x\",\"y\"],\"notes\":[\"1\"],\"box\":{\"w\":1},\"any\":{\"p\":{\"q\":1}},"
                + "\"ports\":[{\"port\":80,\"name\":\"web\"}]}");
    assertThat(owners(first))
        .containsExactly(
            "a Apply example.com/v1 {\"f:spec\":{\"f:any\":{\"f:p\":{\".\":{},\"f:q\":{}}},"
                + "\"f:box\":{},\"f:notes\":{},"
                + "\"f:ports\":{\"k:{\\\"port\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":"
                + "{\".\":{},\"f:name\":{},\"f:port\":{}}},"
                + "\"f:tags\":{\"v:\\\"x\\\"\":{},\"v:\\\"y\\\"\":{}}}}");
    Answer second =
        applyShelf(
            "b",
            "{\"tags\":[\"z\",\"x\"],\"ports\":[{\"port\":80,\"protocol\":\"UDP\"},{\"port\":80,"
                + "\"protocol\":\"TCP\"}],\"any\":{\"p\":{\"r\":2}}}");
    JsonNode spec = second.body().path("spec");
    assertThat(spec.path("tags").toString()).isEqualTo("[\"z\",\"x\",\"y\"]");
    assertThat(spec.path("ports").findValuesAsText("protocol")).containsExactly("UDP", "TCP");
    assertThat(spec.path("ports").get(1).path("name").asText()).isEqualTo("web");
    assertThat(spec.path("any").toString()).isEqualTo("{\"p\":{\"q\":1,\"r\":2}}");
    assertThat(applyShelf("b", "{\"box\":{\"h\":1}}").text("message"))
        .isEqualTo("Apply failed with 1 conflict: conflict with \"a\": .spec.box");
  }

  @Test
  void mergesTheListsOfBuiltInKinds() {
    String accounts = "/api/v1/namespaces/default/serviceaccounts/web";
    String config =
        "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"finalizers\":"
            + "[\"x.io/%1$s\"],\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\","
            + "\"name\":\"%1$s\",\"uid\":\"%1$s\"}]},\"secrets\":[{\"name\":\"%1$s\"}]}";
    assertThat(apply(accounts, "fieldManager=a", config.formatted("a")).code()).isEqualTo(201);
    Answer both = apply(accounts, "fieldManager=b", config.formatted("b"));
    assertThat(both.body().path("secrets").findValuesAsText("name")).containsExactly("a", "b");
    assertThat(both.body().path("metadata").path("finalizers").toString())
        .isEqualTo("[\"x.io/a\",\"x.io/b\"]");
    assertThat(both.body().path("metadata").path("ownerReferences")).hasSize(2);
    assertThat(owners(both))
        .first()
        .asString()
        .contains("\"f:secrets\":{\"k:{\\\"name\\\":\\\"a\\\"}\":{}}")
        .contains("\"f:ownerReferences\":{\"k:{\\\"uid\\\":\\\"a\\\"}\":{}}");
  }

  @Test
  void givesDefaultsToNobody() {
    api.post(CRDS, SHELF_CRD);
    Answer created = applyShelf("a", "{\"height\":3}");
    assertThat(created.text("spec", "colour")).isEqualTo("oak");
    assertThat(owners(created))
        .containsExactly("a Apply example.com/v1 {\"f:spec\":{\"f:height\":{}}}");
    assertThat(applyShelf("b", "{\"colour\":\"ash\"}").code()).isEqualTo(200);
  }

  @Test
  void keepsSubresourcesApart() {
    api.post(CRDS, SHELF_CRD);
    Answer none = apply(SHELVES + "/s/status", "fieldManager=a", shelf("{}"));
    assertThat(none.code()).isEqualTo(404);
    applyShelf("a", "{\"height\":1}");
    Answer status =
        apply(
            SHELVES + "/s/status",
            "fieldManager=a",
            "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Shelf\",\"metadata\":{\"labels\":"
                + "{\"no\":\"1\"}},\"spec\":{\"height\":9},\"status\":{\"phase\":\"Up\"}}");
    assertThat(status.code()).isEqualTo(200);
    assertThat(status.text("spec", "height")).isEqualTo("1");
    assertThat(owners(status))
        .containsExactlyInAnyOrder(
            "a Apply example.com/v1 {\"f:spec\":{\"f:height\":{}}}",
            "a Apply example.com/v1/status {\"f:status\":{\"f:phase\":{}}}");
    Answer updated =
        api.call(
            "PATCH",
            SHELVES + "/s/status?fieldManager=c",
            "application/merge-patch+json",
            "{\"status\":{\"used\":1},\"metadata\":{\"managedFields\":[]}}");
    assertThat(owners(updated))
        .contains("c Update example.com/v1/status {\"f:status\":{\"f:used\":{}}}")
        .hasSize(3);
    Answer ignored =
        apply(
            SHELVES + "/s",
            "fieldManager=b",
            "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Shelf\",\"status\":{\"phase\":\"x\"}}");
    assertThat(ignored.body()).isEqualTo(updated.body());
    String conflict =
        apply(
                SHELVES + "/s/status",
                "fieldManager=b",
                "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Shelf\","
                    + "\"status\":{\"phase\":\"x\",\"used\":2}}")
            .text("message");
    assertThat(conflict)
        .contains(
            "conflicts with \"a\" with subresource \"status\":\n- .status.phase",
            "conflicts with \"c\" with subresource \"status\" using example.com/v1:\n"
                + "- .status.used");
  }

  @Test
  void understandsOwnersInOtherVersions() {
    api.post(CRDS, SHELF_CRD);
    applyShelf("a", "{\"height\":1,\"tags\":[\"x\"]}");
    String v2 = "/apis/example.com/v2/namespaces/default/shelves/s";
    String config =
        "{\"apiVersion\":\"example.com/v2\",\"kind\":\"Shelf\",\"spec\":{\"height\":%s}}";
    assertThat(apply(v2, "fieldManager=b", config.formatted(2)).text("message"))
        .isEqualTo("Apply failed with 1 conflict: conflict with \"a\": .spec.height");
    Answer moved = apply(v2, "fieldManager=a", config.formatted(1));
    assertThat(owners(moved))
        .containsExactly("a Apply example.com/v2 {\"f:spec\":{\".\":{},\"f:height\":{}}}");
    assertThat(moved.body().path("spec").has("tags")).isFalse();
    assertThat(apply(v2, "fieldManager=a", shelf("{}")).text("message"))
        .isEqualTo("invalid object type: example.com/v1, Kind=Shelf");
  }

  @Test
  void checksIdentityAndVersion() {
    String config =
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"%s\":\"%s\"},\"data\":"
            + "{\"k\":\"1\"}}";
    Answer gone = apply(MAPS + "/m", "fieldManager=a", config.formatted("uid", "u-1"));
    assertThat(gone.code()).isEqualTo(409);
    assertThat(gone.text("message"))
        .isEqualTo(
            "Operation cannot be fulfilled on configmaps \"m\": uid mismatch: the provided object"
                + " specified uid u-1, and no existing object was found");
    applyMap("a", "{\"k\":\"0\"}");
    assertThat(apply(MAPS + "/m", "fieldManager=a", config.formatted("uid", "u-1")).code())
        .isEqualTo(409);
    Answer stale = apply(MAPS + "/m", "fieldManager=a", config.formatted("resourceVersion", "1"));
    assertThat(stale.code()).isEqualTo(409);
    assertThat(stale.text("message")).contains("the object has been modified");
    String current = api.get(MAPS + "/m").text("metadata", "resourceVersion");
    assertThat(
            apply(MAPS + "/m", "fieldManager=a", config.formatted("resourceVersion", current))
                .text("data", "k"))
        .isEqualTo("1");
  }

  @Test
  void startsTrackingWithTheFirstApplyWhenTheRecordIsGone() {
    applyMap("a", "{\"k\":\"v\"}");
    Answer reset = api.patch(MAPS + "/m", "merge-patch", "{\"metadata\":{\"managedFields\":[{}]}}");
    assertThat(reset.body().path("metadata").has("managedFields")).isFalse();
    Answer untracked = api.patch(MAPS + "/m", "merge-patch", "{\"data\":{\"l\":\"1\"}}");
    assertThat(untracked.body().path("metadata").has("managedFields")).isFalse();
    assertThat(applyMap("b", "{\"k\":\"x\"}").text("message"))
        .isEqualTo(
            "Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.k");
    assertThat(owners(applyMap("b", "{\"k\":\"v\"}")))
        .containsExactly(
            "b Apply v1 {\"f:data\":{\"f:k\":{}}}",
            "before-first-apply Update v1 {\"f:data\":{\".\":{},\"f:k\":{},\"f:l\":{}}}");
  }

  @Test
  void letsClientsRewriteTheRecordButNotSpoilIt() {
    Answer created = applyMap("a", "{\"k\":\"v\"}");
    String entry =
        "[{\"op\":\"replace\",\"path\":\"/metadata/managedFields/0/%s\",\"value\":\"%s\"}]";
    Answer renamed = api.patch(MAPS + "/m", "json-patch", entry.formatted("manager", "b"));
    assertThat(owners(renamed)).containsExactly("b Apply v1 {\"f:data\":{\"f:k\":{}}}");
    Answer spoiled = api.patch(MAPS + "/m", "json-patch", entry.formatted("operation", "Steal"));
    assertThat(spoiled.body()).isEqualTo(renamed.body());
    assertThat(spoiled.headers().first("warning").orElse(""))
        .contains("metadata.managedFields cannot be read and was ignored");
    Answer refused =
        api.patch(MAPS + "/m", "json-patch", entry.formatted("manager", "x".repeat(129)));
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.text("message"))
        .contains("metadata.managedFields[0].manager: Too long: may not be more than 128 bytes");
    Answer wrong =
        api.patch(MAPS + "/m", "merge-patch", "{\"metadata\":{\"managedFields\":\"x\"}}");
    assertThat(wrong.code()).isEqualTo(400);
    Answer without = api.put(MAPS + "/m", map("{\"k\":\"v\"}"));
    assertThat(owners(without)).isEqualTo(owners(renamed));
    assertThat(created.code()).isEqualTo(201);
  }

  @Test
  void mergesTheOldestOfTooManyUpdates() {
    api.call("POST", MAPS + "?fieldManager=m00", "application/json", map("{\"k00\":\"v\"}"));
    Answer last = api.get(MAPS + "/m");
    for (int i = 1; i < 14; i++) {
      String name = "%02d".formatted(i);
      last =
          api.call(
              "PATCH",
              MAPS + "/m?fieldManager=m" + name,
              "application/merge-patch+json",
              "{\"data\":{\"k" + name + "\":\"v\"}}");
    }
    List<String> owners = owners(last);
    assertThat(owners).hasSize(10);
    assertThat(owners)
        .filteredOn(o -> o.startsWith("ancient-changes"))
        .hasSize(1)
        .first()
        .asString()
        .contains("f:k00", "f:k01", "f:k02");
  }

  @Test
  void storesWithoutARecordWhatOnlyTheRecordMakesTooLarge() {
    var data = new StringBuilder("{");
    for (int i = 0; i < 25_000; i++) {
      data.append(i == 0 ? "" : ",").append("\"a-rather-long-key-number-%06d\":\"v\"".formatted(i));
    }
    String large = map(data.append("}").toString());
    Answer created = api.post(MAPS, large);
    assertThat(created.code()).isEqualTo(201);
    assertThat(created.body().path("metadata").has("managedFields")).isFalse();
    assertThat(created.body()).isEqualTo(api.get(MAPS + "/m").body());
    api.delete(MAPS + "/m");
    assertThat(apply(MAPS + "/m", "fieldManager=a", large).code()).isEqualTo(413);
  }

  @Test
  void letsKubectlGoOverFromItsOwnApply() {
    String lastApplied = map("{\"k\":\"1\"}").replace("\"", "\\\"");
    api.call(
        "POST",
        MAPS + "?fieldManager=kubectl-client-side-apply",
        "application/json",
        "{\"metadata\":{\"name\":\"m\",\"annotations\":"
            + "{\"kubectl.kubernetes.io/last-applied-configuration\":\""
            + lastApplied
            + "\"}},\"data\":{\"k\":\"1\"}}");
    assertThat(applyMap("other", "{\"k\":\"2\"}").code()).isEqualTo(409);
    Answer applied = applyMap("kubectl", "{\"k\":\"2\"}");
    assertThat(applied.code()).isEqualTo(200);
    assertThat(applied.text("data", "k")).isEqualTo("2");
    assertThat(
            applied
                .body()
                .path("metadata")
                .path("annotations")
                .path("kubectl.kubernetes.io/last-applied-configuration")
                .asText())
        .isEqualTo(
            "{\"apiVersion\":\"v1\",\"data\":{\"k\":\"2\"},\"kind\":\"ConfigMap\","
                + "\"metadata\":{\"name\":\"m\"}}\n");
    api.call(
        "PATCH",
        MAPS + "/m?fieldManager=editor",
        "application/merge-patch+json",
        "{\"data\":{\"k\":\"3\"}}");
    assertThat(applyMap("kubectl", "{\"k\":\"2\"}").code()).isEqualTo(409);
  }
}
