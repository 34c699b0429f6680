package io.croft.apiserver;

import static io.croft.apiserver.TestControlPlane.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of objects whose owners are deleted.
@Timeout(120)
final class GarbageCollectionTest {
  private static final String NAMESPACE = "/api/v1/namespaces/default";
  private static final String MAPS = NAMESPACE + "/configmaps";
  private static final String SECRETS = NAMESPACE + "/secrets";
  private static final String CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String GARDENS = "/apis/example.com/v1/namespaces/default/gardens";
  private static final String GARDEN_CRD =
      "{\"metadata\":{\"name\":\"gardens.example.com\"},\"spec\":{\"group\":\"example.com\","
          + "\"scope\":\"Namespaced\",\"names\":{\"plural\":\"gardens\",\"kind\":\"Garden\"},"
          + "\"versions\":[{\"name\":\"v1\",\"served\":true,\"storage\":true,\"schema\":"
          + "{\"openAPIV3Schema\":{\"type\":\"object\"}}}]}}";

  @TempDir Path directory;
  private TestControlPlane plane;
  private TestApi api;

  @BeforeEach
  void start() throws Exception {
    plane = new TestControlPlane(directory);
    api = plane.api;
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private String create(String collection, String name, String... owners) {
    var created =
        api.post(
            collection,
            "{\"metadata\":{\"name\":\"%s\",\"ownerReferences\":[%s]}}"
                .formatted(name, String.join(",", owners)));
    assertThat(created.code()).as(created.body().toString()).isEqualTo(201);
    return created.text("metadata", "uid");
  }

  private static String owner(String apiVersion, String kind, String name, String uid) {
    return "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"name\":\"%s\",\"uid\":\"%s\"}"
        .formatted(apiVersion, kind, name, uid);
  }

  private static String map(String name, String uid) {
    return owner("v1", "ConfigMap", name, uid);
  }

  private static String blocking(String name, String uid) {
    return map(name, uid).replace("}", ",\"blockOwnerDeletion\":true}");
  }

  private JsonNode metadata(String path) {
    return api.get(path).body().path("metadata");
  }

  private boolean exists(String path) {
    return api.get(path).code() == 200;
  }

  @Test
  void collectsDependentsOfADeletedOwnerAndTheirsInTurn() throws Exception {
    String owner = create(MAPS, "owner");
    String child = create(SECRETS, "child", map("owner", owner));
    create(MAPS, "grandchild", owner("v1", "Secret", "child", child));
    create(MAPS, "bystander");

    api.delete(MAPS + "/owner");
    plane.eventuallyGone(SECRETS + "/child");
    plane.eventuallyGone(MAPS + "/grandchild");
    assertThat(exists(MAPS + "/bystander")).isTrue();
  }

  @Test
  void keepsWhatHasAnotherOwnerAndForgetsTheOneThatIsGone() throws Exception {
    String one = create(MAPS, "one");
    String two = create(MAPS, "two");
    create(MAPS, "shared", map("one", one), map("two", two));

    api.delete(MAPS + "/one");
    eventually(
        "the reference is dropped",
        () -> metadata(MAPS + "/shared").path("ownerReferences").size() == 1);
    assertThat(metadata(MAPS + "/shared").path("ownerReferences").path(0).path("uid").asText())
        .isEqualTo(two);
    api.delete(MAPS + "/two");
    plane.eventuallyGone(MAPS + "/shared");
  }

  @Test
  void collectsWhatRefersToAnOwnerThatNeverWas() throws Exception {
    create(MAPS, "lost", map("none", "11111111-1111-1111-1111-111111111111"));
    plane.eventuallyGone(MAPS + "/lost");
    create(MAPS, "real");
    create(MAPS, "mistaken", map("real", "22222222-2222-2222-2222-222222222222"));
    plane.eventuallyGone(MAPS + "/mistaken");
    assertThat(exists(MAPS + "/real")).isTrue();
  }

  @Test
  void deletesDependentsFirstInTheForeground() throws Exception {
    String owner = create(MAPS, "owner");
    create(MAPS, "blocking", blocking("owner", owner));
    create(MAPS, "loose", map("owner", owner));
    api.patch(
        MAPS + "/blocking",
        "merge-patch",
        "{\"metadata\":{\"finalizers\":[\"example.com/wait\"]}}");

    assertThat(api.delete(MAPS + "/owner", "{\"propagationPolicy\":\"Foreground\"}").code())
        .isEqualTo(202);
    plane.eventuallyGone(MAPS + "/loose");
    eventually(
        "the dependent is being deleted",
        () -> metadata(MAPS + "/blocking").has("deletionTimestamp"));
    assertThat(metadata(MAPS + "/owner").path("finalizers").path(0).asText())
        .isEqualTo("foregroundDeletion");

    api.patch(MAPS + "/blocking", "merge-patch", "{\"metadata\":{\"finalizers\":null}}");
    plane.eventuallyGone(MAPS + "/owner");
    assertThat(exists(MAPS + "/blocking")).isFalse();
  }

  @Test
  void deletesAWholeTreeInTheForeground() throws Exception {
    String owner = create(MAPS, "owner");
    String child = create(MAPS, "child", blocking("owner", owner));
    create(MAPS, "grandchild", blocking("child", child));
    try (var watch = api.watch(MAPS + "?watch=true&resourceVersion=0")) {
      api.delete(MAPS + "/owner", "{\"propagationPolicy\":\"Foreground\"}");
      var gone = new ArrayList<String>();
      while (gone.size() < 3) {
        String event = watch.next();
        if (event.startsWith("DELETED")) {
          gone.add(event.substring("DELETED ".length()));
        }
      }
      assertThat(gone).containsExactly("grandchild", "child", "owner");
    }
  }

  @Test
  void endsACircleInTheForeground() throws Exception {
    String one = create(MAPS, "one");
    String two = create(MAPS, "two", blocking("one", one));
    api.patch(
        MAPS + "/one",
        "merge-patch",
        "{\"metadata\":{\"ownerReferences\":[" + blocking("two", two) + "]}}");
    api.delete(MAPS + "/one", "{\"propagationPolicy\":\"Foreground\"}");
    plane.eventuallyGone(MAPS + "/one");
    plane.eventuallyGone(MAPS + "/two");
  }

  @Test
  void leavesOrphansWithoutTheirOwner() throws Exception {
    String owner = create(MAPS, "owner");
    List<String> orphans = List.of("a", "b", "c");
    for (String orphan : orphans) {
      create(MAPS, orphan, map("owner", owner));
    }
    api.delete(MAPS + "/owner", "{\"propagationPolicy\":\"Orphan\"}");
    plane.eventuallyGone(MAPS + "/owner");
    for (String orphan : orphans) {
      assertThat(exists(MAPS + "/" + orphan)).isTrue();
      assertThat(metadata(MAPS + "/" + orphan).has("ownerReferences")).isFalse();
    }
  }

  @Test
  void takesAnOwnerInAnotherNamespaceForAbsentAndSaysSo() throws Exception {
    api.post("/api/v1/namespaces", "{\"metadata\":{\"name\":\"other\"}}");
    String owner = create("/api/v1/namespaces/other/configmaps", "owner");
    // Known to the graph by a dependent that refers to it rightly.
    create("/api/v1/namespaces/other/configmaps", "child", map("owner", owner));
    create(MAPS, "astray", map("owner", owner));
    plane.eventuallyGone(MAPS + "/astray");
    eventually(
        "an event tells of it",
        () ->
            api.get(NAMESPACE + "/events").body().path("items").findValuesAsText("reason").stream()
                .anyMatch("OwnerRefInvalidNamespace"::equals));
    assertThat(exists("/api/v1/namespaces/other/configmaps/child")).isTrue();
  }

  @Test
  void neverCollectsAClusterScopedObjectForANamespacedOwner() throws Exception {
    String owner = create(MAPS, "owner");
    create("/apis/rbac.authorization.k8s.io/v1/clusterroles", "kept", map("owner", owner));
    eventually(
        "an event tells of it",
        () ->
            api.get(NAMESPACE + "/events").body().path("items").findValuesAsText("reason").stream()
                .anyMatch("OwnerRefInvalidNamespace"::equals));
    api.delete(MAPS + "/owner");
    create(MAPS, "lost", map("owner", owner));
    plane.eventuallyGone(MAPS + "/lost");
    assertThat(exists("/apis/rbac.authorization.k8s.io/v1/clusterroles/kept")).isTrue();
  }

  @Test
  void followsKindsThatComeAndGo() throws Exception {
    // The kind is not served yet: nobody can say that the owner is gone.
    create(
        MAPS,
        "early",
        owner("example.com/v1", "Garden", "g", "33333333-3333-3333-3333-333333333333"));
    assertThat(api.post(CRDS, GARDEN_CRD).code()).isEqualTo(201);
    plane.eventuallyGone(MAPS + "/early");

    String garden =
        api.post(
                GARDENS,
                "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Garden\",\"metadata\":{\"name\":\"g\"}}")
            .text("metadata", "uid");
    create(MAPS, "bed", owner("example.com/v1", "Garden", "g", garden));
    String map = create(MAPS, "map");
    api.post(
        GARDENS,
        "{\"metadata\":{\"name\":\"owned\",\"ownerReferences\":[" + map("map", map) + "]}}");
    api.delete(MAPS + "/map");
    plane.eventuallyGone(GARDENS + "/owned");
    assertThat(exists(MAPS + "/bed")).isTrue();

    api.delete(CRDS + "/gardens.example.com");
    plane.eventuallyGone(CRDS + "/gardens.example.com");
    plane.eventuallyGone(MAPS + "/bed");
  }

  @Test
  void goesOnAfterARestart() throws Exception {
    String owner = create(MAPS, "owner");
    create(MAPS, "child", map("owner", owner));
    String parent = create(MAPS, "parent");
    create(MAPS, "orphan", map("parent", parent));
    plane.close();
    try (var alone = new TestApi(directory.resolve("store"))) {
      alone.delete(MAPS + "/owner");
      alone.delete(MAPS + "/parent", "{\"propagationPolicy\":\"Orphan\"}");
    }
    plane = new TestControlPlane(directory);
    api = plane.api;
    plane.eventuallyGone(MAPS + "/child");
    plane.eventuallyGone(MAPS + "/parent");
    assertThat(exists(MAPS + "/orphan")).isTrue();
  }

  @Test
  void collectsManyDependents() throws Exception {
    int count = Integer.getInteger("croft.test.dependents", 500);
    String owner = create(MAPS, "owner");
    for (int i = 0; i < count; i++) {
      create(SECRETS, "m" + i, map("owner", owner));
    }
    api.delete(MAPS + "/owner");
    eventually("all are gone", () -> api.get(SECRETS + "?limit=1").body().path("items").isEmpty());
  }
}
