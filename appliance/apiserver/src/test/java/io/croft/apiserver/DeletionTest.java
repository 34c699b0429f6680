package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `DeleteOptions` mean, in a body and in a query, without a garbage collector.
final class DeletionTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";

  @TempDir Path directory;
  private TestApi api;

  @BeforeEach
  void start() {
    api = new TestApi(directory);
    create("a", "");
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void create(String name, String metadata) {
    var created = api.post(MAPS, "{\"metadata\":{\"name\":\"%s\"%s}}".formatted(name, metadata));
    assertThat(created.code()).isEqualTo(201);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"propagationPolicy\":\"Foreground\"} | 202 | [\"foregroundDeletion\"]",
        "{\"propagationPolicy\":\"Orphan\"} | 200 | [\"orphan\"]",
        "{\"orphanDependents\":true} | 200 | [\"orphan\"]"
      })
  void waitsForTheGarbageCollectorByAFinalizer(String options, int code, String finalizers) {
    var pending = api.delete(MAPS + "/a", options);
    assertThat(pending.code()).isEqualTo(code);
    assertThat(pending.body().path("metadata").path("finalizers")).hasToString(finalizers);
    assertThat(pending.text("metadata", "deletionTimestamp")).isNotEmpty();
    assertThat(pending.text("metadata", "deletionGracePeriodSeconds")).isEqualTo("0");
    assertThat(api.get(MAPS + "/a").code()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"propagationPolicy\":\"Background\"}",
        "{\"orphanDependents\":false}",
        "{\"gracePeriodSeconds\":30}",
        "{}"
      })
  void deletesAtOnceWhatNothingHoldsBack(String options) {
    assertThat(api.delete(MAPS + "/a", options).text("status")).isEqualTo("Success");
    assertThat(api.get(MAPS + "/a").code()).isEqualTo(404);
  }

  @Test
  void readsOptionsFromTheQueryWhenThereIsNoBody() {
    String target = MAPS + "/a?propagationPolicy=Orphan&gracePeriodSeconds=1";
    assertThat(api.delete(target).body().path("metadata").path("finalizers"))
        .hasToString("[\"orphan\"]");
    var refused = api.delete(MAPS + "/a?gracePeriodSeconds=soon");
    assertThat(refused.code()).isEqualTo(400);
  }

  @Test
  void letsTheFateOfDependentsBeChosenAnewWhileItWaits() {
    create("kept", ",\"finalizers\":[\"example.com/own\"]");
    api.delete(MAPS + "/kept", "{\"propagationPolicy\":\"Foreground\"}");
    var again = api.delete(MAPS + "/kept", "{\"propagationPolicy\":\"Orphan\"}");
    assertThat(again.body().path("metadata").path("finalizers"))
        .hasToString("[\"example.com/own\",\"orphan\"]");
    var last = api.delete(MAPS + "/kept", "{\"propagationPolicy\":\"Background\"}");
    assertThat(last.body().path("metadata").path("finalizers"))
        .hasToString("[\"example.com/own\"]");
  }

  @Test
  void keepsTheChoiceThatTheObjectItselfHasMade() {
    create("own", ",\"finalizers\":[\"orphan\"]");
    assertThat(api.delete(MAPS + "/own").body().path("metadata").path("finalizers"))
        .hasToString("[\"orphan\"]");
    assertThat(api.delete(MAPS + "/own", "{\"propagationPolicy\":\"Background\"}").text("status"))
        .isEqualTo("Success");
  }

  @Test
  void writesNothingWhenNothingChanges() {
    String first =
        api.delete(MAPS + "/a", "{\"propagationPolicy\":\"Orphan\"}")
            .text("metadata", "resourceVersion");
    assertThat(api.delete(MAPS + "/a").text("metadata", "resourceVersion")).isEqualTo(first);
  }

  @Test
  void refusesOptionsThatContradictEachOther() {
    var both =
        api.delete(MAPS + "/a", "{\"propagationPolicy\":\"Orphan\",\"orphanDependents\":true}");
    assertThat(both.code()).isEqualTo(422);
    assertThat(both.text("message"))
        .isEqualTo(
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value:"
                + " \"Orphan\": orphanDependents and deletionPropagation cannot be both set");
    var unknown = api.delete(MAPS + "/a", "{\"propagationPolicy\":\"Somehow\"}");
    assertThat(unknown.code()).isEqualTo(422);
    assertThat(unknown.text("message"))
        .isEqualTo(
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value:"
                + " \"Somehow\": supported values: \"Foreground\", \"Background\", \"Orphan\","
                + " \"nil\"");
    assertThat(api.delete(MAPS + "/a", "{\"gracePeriodSeconds\":\"1\"}").code()).isEqualTo(400);
    assertThat(api.delete(MAPS + "/a", "{\"orphanDependents\":\"yes\"}").code()).isEqualTo(400);
    assertThat(api.get(MAPS + "/a").code()).isEqualTo(200);
  }

  @Test
  void namesThePreconditionThatDoesNotHold() {
    var refused = api.delete(MAPS + "/a", "{\"preconditions\":{\"resourceVersion\":\"1\"}}");
    assertThat(refused.code()).isEqualTo(409);
    assertThat(refused.text("message"))
        .contains("the ResourceVersion in the precondition (1) does not match");
  }

  @Test
  void deletesALargeCollectionAndWhatHasFinalizersLater() {
    for (int i = 0; i < 300; i++) {
      create("m" + i, i == 7 ? ",\"finalizers\":[\"example.com/own\"]" : "");
    }
    assertThat(api.delete(MAPS + "?labelSelector=none%3Dsuch").code()).isEqualTo(200);
    assertThat(api.get(MAPS).body().path("items")).hasSize(301);
    assertThat(api.delete(MAPS + "?dryRun=All", "{\"propagationPolicy\":\"Orphan\"}").code())
        .isEqualTo(200);
    assertThat(api.get(MAPS).body().path("items")).hasSize(301);

    assertThat(api.delete(MAPS).code()).isEqualTo(200);
    assertThat(api.get(MAPS).body().path("items").findValuesAsText("name")).containsExactly("m7");
  }

  @Test
  void leavesTheContentOfACollectionToTheGarbageCollector() {
    create("b", "");
    assertThat(api.delete(MAPS, "{\"propagationPolicy\":\"Foreground\"}").code()).isEqualTo(200);
    assertThat(api.get(MAPS).body().path("items"))
        .hasSize(2)
        .allSatisfy(item ->
            assertThat(item.path("metadata").path("finalizers"))
                .hasToString("[\"foregroundDeletion\"]"));
  }
}
