package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Requests that mutation once came upon, and what was wrong with their answers.
final class RefusalsTest {
  private static final String NAMESPACE = "/api/v1/namespaces/default";
  private static final String CONFIG_MAP = "{\"metadata\":{\"name\":\"a\"}}";

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

  @Test
  void doesNotKnowEveryMethod() {
    assertThat(api.call("TRACE", NAMESPACE + "/configmaps/a", "", "").code()).isEqualTo(405);
    assertThat(
            api.call("TRACE", "/apis/apps/v1/namespaces/default/deployments/a/scale", "", "")
                .code())
        .isEqualTo(405);
  }

  @Test
  void passesOverAnEmptyClauseOfWhatIsAccepted() {
    assertThat(api.get("/apis", "accept", ";;,,application/json").code()).isEqualTo(200);
  }

  @Test
  void asksForTheNameOfAContainerThatIsNull() {
    api.post(
        NAMESPACE + "/limitranges",
        "{\"metadata\":{\"name\":\"l\"},\"spec\":{\"limits\":[{\"type\":\"Container\",\"max\":{\"cpu\":\"1\"}}]}}");
    var refused =
        api.post(
            NAMESPACE + "/pods",
            "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"containers\":[null]}}");
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.text("message")).contains("spec.containers[0].name: Required value");
  }

  @Test
  void takesNoNameThatNoPathCanHave() {
    var refused =
        api.post(
            "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            "{\"metadata\":{\"name\":\"a\\u0000b\"}}");
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.text("message")).contains("may not contain control characters");
  }

  @Test
  void countsNothingForACreationThatIsRefused() {
    api.post(
        NAMESPACE + "/resourcequotas",
        "{\"metadata\":{\"name\":\"q\"},\"spec\":{\"hard\":{\"configmaps\":\"5\"}}}");
    assertThat(api.post(NAMESPACE + "/configmaps", CONFIG_MAP).code()).isEqualTo(201);
    long revision = api.store.revision();
    assertThat(api.post(NAMESPACE + "/configmaps", CONFIG_MAP).code()).isEqualTo(409);
    assertThat(api.store.revision()).isEqualTo(revision);
  }

  @Test
  void entersNothingInOneQuotaWhenAnotherHasNoRoom() {
    String quota = "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"hard\":{\"pods\":\"%s\"}}}";
    api.post(NAMESPACE + "/resourcequotas", quota.formatted("a", "10"));
    api.post(NAMESPACE + "/resourcequotas", quota.formatted("b", "0"));
    long before = api.store.revision();
    var refused =
        api.post(
            NAMESPACE + "/pods",
            "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"c\","
                + "\"image\":\"i\"}]}}");
    assertThat(refused.code()).isEqualTo(403);
    assertThat(refused.text("message")).contains("exceeded quota: b");
    assertThat(api.store.revision()).isEqualTo(before);
    api.patch(
        NAMESPACE + "/resourcequotas/b", "merge-patch", "{\"spec\":{\"hard\":{\"pods\":\"1\"}}}");
    assertThat(
            api.post(
                    NAMESPACE + "/pods",
                    "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"c\","
                        + "\"image\":\"i\"}]}}")
                .code())
        .isEqualTo(201);
    for (String name : new String[] {"a", "b"}) {
      assertThat(
              api.get(NAMESPACE + "/resourcequotas/" + name)
                  .body()
                  .at("/status/used/pods")
                  .asText())
          .isEqualTo("1");
    }
  }
}
