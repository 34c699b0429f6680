package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Collections: lists, tables and watches.
final class CollectionsTest {
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

  private void create(String name, String label) {
    var answer =
        api.post(
            MAPS,
            "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"app\":\"%s\"}}}".formatted(name, label));
    assertThat(answer.code()).isEqualTo(201);
  }

  private static List<String> names(TestApi.Answer list) {
    var names = new ArrayList<String>();
    list.body().path("items").forEach(i -> names.add(i.path("metadata").path("name").asText()));
    return names;
  }

  @Test
  void listsInPiecesAsOfOneRevision() {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      create(name, "x");
    }
    var first = api.get(MAPS + "?limit=2");
    assertThat(names(first)).containsExactly("a", "b");
    assertThat(first.body().path("metadata").path("remainingItemCount").asLong()).isEqualTo(3);
    api.delete(MAPS + "/c");
    create("bb", "x");
    var rest = api.get(MAPS + "?continue=" + first.text("metadata", "continue"));
    assertThat(names(rest)).containsExactly("c", "d", "e");
    assertThat(rest.text("metadata", "resourceVersion"))
        .isEqualTo(first.text("metadata", "resourceVersion"));
    assertThat(names(api.get(MAPS))).containsExactly("a", "b", "bb", "d", "e");
  }

  @Test
  void writesLongListsPieceByPiece() throws Exception {
    String large = "x".repeat(100_000);
    for (int i = 0; i < 50; i++) {
      var created =
          api.post(
              MAPS,
              "{\"metadata\":{\"name\":\"m%02d\"},\"data\":{\"k\":\"%s\"}}".formatted(i, large));
      assertThat(created.code()).isEqualTo(201);
    }
    var list = api.streamed(MAPS);
    assertThat(list.path("kind").asText()).isEqualTo("ConfigMapList");
    assertThat(list.path("items")).hasSize(50);
    assertThat(list.path("metadata").path("resourceVersion").asLong())
        .isEqualTo(api.store.revision());
    var table = api.streamed(MAPS, "accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
    assertThat(table.path("rows")).hasSize(50);
    var some = api.streamed(MAPS + "?limit=45");
    assertThat(some.path("items")).hasSize(45);
    String token = some.path("metadata").path("continue").asText();
    assertThat(names(api.get(MAPS + "?continue=" + token)))
        .containsExactly("m45", "m46", "m47", "m48", "m49");
  }

  @Test
  void saysWhenAPieceHasBecomeTooOld() {
    create("a", "x");
    create("b", "x");
    String token = api.get(MAPS + "?limit=1").text("metadata", "continue");
    create("c", "x");
    api.store.compact(api.store.revision());
    var answer = api.get(MAPS + "?limit=1&continue=" + token);
    assertThat(answer.code()).isEqualTo(410);
    assertThat(answer.text("reason")).isEqualTo("Expired");
    assertThat(api.get(MAPS + "?continue=nonsense").code()).isEqualTo(400);
  }

  @Test
  void startsPagesAtTheVersionGiven() {
    create("a", "x");
    create("b", "x");
    long version = api.store.revision();
    create("aa", "x");
    String asOfThen = MAPS + "?limit=2&resourceVersion=" + version;
    assertThat(names(api.get(asOfThen))).containsExactly("a", "b");
    assertThat(names(api.get(asOfThen + "&resourceVersionMatch=NotOlderThan")))
        .containsExactly("a", "aa");
    assertThat(names(api.get(MAPS + "?limit=2&resourceVersion=0"))).containsExactly("a", "aa");
    assertThat(names(api.get(MAPS + "?resourceVersion=" + version)))
        .containsExactly("a", "aa", "b");
    api.store.compact(api.store.revision());
    assertThat(api.get(asOfThen).code()).isEqualTo(410);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          watch=1&resourceVersionMatch=NotOlderThan | resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided
          watch=1&sendInitialEvents=false | sendInitialEvents requires setting resourceVersionMatch to NotOlderThan
          watch=1&sendInitialEvents=true | sendInitialEvents requires setting resourceVersionMatch to NotOlderThan
          watch=1&sendInitialEvents=true&resourceVersionMatch=Exact | resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"
          watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x | resourceVersionMatch is forbidden when continue is provided
          sendInitialEvents=true | sendInitialEvents is forbidden for list
          sendInitialEvents=false | sendInitialEvents is forbidden for list
          resourceVersionMatch=Exact | resourceVersionMatch is forbidden unless resourceVersion is provided
          resourceVersionMatch=Exact&resourceVersion=0 | resourceVersionMatch "exact" is forbidden for resourceVersion "0"
          resourceVersionMatch=Exact&resourceVersion=1&continue=x | resourceVersionMatch is forbidden when continue is provided
          resourceVersionMatch=Any&resourceVersion=1 | resourceVersionMatch: Unsupported value: "Any": supported values: "Exact", "NotOlderThan", ""
          """)
  void refusesOptionsThatDoNotGoTogether(String query, String message) {
    var answer = api.get(MAPS + "?" + query);
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.text("message")).startsWith("ListOptions.meta.k8s.io").contains(message);
  }

  @Test
  void selectsByLabelsAndFields() {
    create("a", "web");
    create("b", "db");
    create("c", "web");
    assertThat(names(api.get(MAPS + "?labelSelector=app%3Dweb"))).containsExactly("a", "c");
    assertThat(names(api.get(MAPS + "?labelSelector=app+notin+(web)"))).containsExactly("b");
    assertThat(names(api.get(MAPS + "?fieldSelector=metadata.name%3Db"))).containsExactly("b");
    var some = api.get(MAPS + "?limit=1&labelSelector=app%3Dweb");
    assertThat(names(some)).containsExactly("a");
    String rest = MAPS + "?labelSelector=app%3Dweb&continue=" + some.text("metadata", "continue");
    assertThat(names(api.get(rest))).containsExactly("c");
    assertThat(names(api.get(MAPS + "?limit=1&labelSelector=app%3Ddb"))).containsExactly("b");
    assertThat(api.get(MAPS + "?fieldSelector=data.x%3D1").code()).isEqualTo(400);
    assertThat(api.get(MAPS + "?labelSelector=%21%21").code()).isEqualTo(400);
  }

  @Test
  void refusesVersionsThatHaveNotComeYet() {
    long future = api.store.revision() + 100;
    var answer = api.get(MAPS + "?resourceVersion=" + future);
    assertThat(answer.code()).isEqualTo(504);
    assertThat(answer.text("message")).startsWith("Timeout: Too large resource version");
    assertThat(answer.body().path("details").path("causes").get(0).path("reason").asText())
        .isEqualTo("ResourceVersionTooLarge");
  }

  @Test
  void showsTables() {
    create("a", "x");
    var table =
        api.get(MAPS, "accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
    assertThat(table.text("kind")).isEqualTo("Table");
    assertThat(table.body().path("columnDefinitions").findValuesAsText("name"))
        .containsExactly("Name", "Data", "Age");
    var row = table.body().path("rows").get(0);
    assertThat(row.path("cells").get(0).asText()).isEqualTo("a");
    assertThat(row.path("object").path("kind").asText()).isEqualTo("PartialObjectMetadata");
  }

  @Test
  void deletesCollectionsBySelector() {
    create("a", "web");
    create("b", "db");
    api.delete(MAPS + "?labelSelector=app%3Dweb");
    assertThat(names(api.get(MAPS))).containsExactly("b");
  }

  @Test
  void endsAWatchWithTheStore() throws Exception {
    try (var watch = api.watch(MAPS + "?watch=true")) {
      api.post(MAPS, "{\"metadata\":{\"name\":\"a\"}}");
      assertThat(watch.next()).isEqualTo("ADDED a");
      api.store.close();
      assertThat(watch.ends()).isTrue();
    }
  }

  @Test
  void watchesFromARevisionWithoutGap() throws Exception {
    create("a", "x");
    String version = api.get(MAPS).text("metadata", "resourceVersion");
    create("b", "x");
    try (var watch = api.watch(MAPS + "?watch=true&resourceVersion=" + version)) {
      assertThat(watch.next()).isEqualTo("ADDED b");
      api.patch(MAPS + "/a", "merge-patch", "{\"data\":{\"k\":\"v\"}}");
      assertThat(watch.next()).isEqualTo("MODIFIED a");
      api.delete(MAPS + "/b");
      var deleted = watch.nextEvent();
      assertThat(deleted.path("type").asText()).isEqualTo("DELETED");
      assertThat(deleted.path("object").path("metadata").path("resourceVersion").asLong())
          .isEqualTo(api.store.revision());
      watch.leave();
      assertThat(watch.ends()).isTrue();
    }
  }

  @Test
  void tellsWhatExistsBeforeWhatChanges() throws Exception {
    create("a", "x");
    create("b", "x");
    String query =
        "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    try (var watch = api.watch(MAPS + query)) {
      assertThat(watch.next()).isEqualTo("ADDED a");
      assertThat(watch.next()).isEqualTo("ADDED b");
      var mark = watch.nextEvent();
      assertThat(mark.path("type").asText()).isEqualTo("BOOKMARK");
      var metadata = mark.path("object").path("metadata");
      assertThat(metadata.path("annotations").path("k8s.io/initial-events-end").asText())
          .isEqualTo("true");
      assertThat(metadata.path("resourceVersion").asText()).isNotEmpty();
      create("c", "x");
      assertThat(watch.next()).isEqualTo("ADDED c");
    }
  }

  @Test
  void turnsChangesOfSelectionIntoAddedAndDeleted() throws Exception {
    create("a", "web");
    String version = api.get(MAPS).text("metadata", "resourceVersion");
    String query = "?watch=1&labelSelector=app%3Dweb&resourceVersion=" + version;
    try (var watch = api.watch(MAPS + query)) {
      api.patch(MAPS + "/a", "merge-patch", "{\"metadata\":{\"labels\":{\"app\":\"db\"}}}");
      assertThat(watch.next()).isEqualTo("DELETED a");
      api.patch(MAPS + "/a", "merge-patch", "{\"data\":{\"k\":\"unseen\"}}");
      api.patch(MAPS + "/a", "merge-patch", "{\"metadata\":{\"labels\":{\"app\":\"web\"}}}");
      assertThat(watch.next()).isEqualTo("ADDED a");
    }
  }

  @Test
  void tellsAWatcherThatItsHistoryIsGone() throws Exception {
    create("a", "x");
    String version = api.get(MAPS).text("metadata", "resourceVersion");
    create("b", "x");
    create("c", "x");
    api.store.compact(api.store.revision());
    try (var watch = api.watch(MAPS + "?watch=1&resourceVersion=" + version)) {
      var event = watch.nextEvent();
      assertThat(event.path("type").asText()).isEqualTo("ERROR");
      assertThat(event.path("object").path("code").asInt()).isEqualTo(410);
      assertThat(event.path("object").path("reason").asText()).isEqualTo("Expired");
      assertThat(watch.ends()).isTrue();
    }
  }

  @Test
  void refusesToWatchFromAVersionThatHasNotComeYet() {
    long future = api.store.revision() + 100;
    assertThat(api.get(MAPS + "?watch=1&resourceVersion=" + future).code()).isEqualTo(504);
  }

  @Test
  void endsAWatchWhenItsTimeIsOver() throws Exception {
    try (var watch = api.watch(MAPS + "?watch=1&timeoutSeconds=1")) {
      assertThat(watch.ends()).isTrue();
    }
  }

  @Test
  void watchesANameInAllNamespaces() throws Exception {
    String target = "/api/v1/configmaps?watch=true&fieldSelector=metadata.name%3Dtold";
    try (var watch = api.watch(target)) {
      api.post("/api/v1/namespaces/default/configmaps", "{\"metadata\":{\"name\":\"other\"}}");
      api.post("/api/v1/namespaces/default/configmaps", "{\"metadata\":{\"name\":\"told\"}}");
      assertThat(watch.next()).isEqualTo("ADDED told");
      api.delete("/api/v1/namespaces/default/configmaps/told");
      assertThat(watch.next()).isEqualTo("DELETED told");
    }
  }
}
