package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is there before anybody has made anything.
final class DefaultRolesTest {
  private static final String ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles/";

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

  @Test
  void hasRolesForPeople() {
    for (String role : new String[] {"admin", "edit", "view"}) {
      JsonNode body = api.get(ROLES + role).body();
      assertThat(
              body.at("/aggregationRule/clusterRoleSelectors/0/matchLabels")
                  .path("rbac.authorization.k8s.io/aggregate-to-" + role)
                  .asText())
          .isEqualTo("true");
      assertThat(body.path("rules").toString()).contains("\"deployments\"", "\"get\"");
    }
    assertThat(api.get(ROLES + "view").body().path("rules").toString()).doesNotContain("secrets\"");
    assertThat(api.get(ROLES + "edit").body().path("rules").toString()).contains("\"secrets\"");
    assertThat(api.get(ROLES + "edit").body().path("rules").toString())
        .doesNotContain("rolebindings");
    assertThat(api.get(ROLES + "admin").body().path("rules").toString()).contains("rolebindings");
    assertThat(
            api.get(ROLES + "view")
                .body()
                .at("/metadata/labels")
                .path("rbac.authorization.k8s.io/aggregate-to-edit")
                .asText())
        .isEqualTo("true");
  }

  @Test
  void givesARoleBackTheRulesThatItLacks() {
    api.patch(ROLES + "system:kube-dns", "merge-patch", "{\"rules\":[]}");
    String kept =
        "{\"rules\":[],\"metadata\":{\"annotations\":{\"rbac.authorization.kubernetes.io/autoupdate\":"
            + "\"false\"}}}";
    api.patch(ROLES + "system:monitoring", "merge-patch", kept);
    api.close();
    api = new TestApi(directory);
    assertThat(api.get(ROLES + "system:kube-dns").body().path("rules").size()).isEqualTo(1);
    assertThat(api.get(ROLES + "system:monitoring").body().path("rules").size()).isZero();
  }

  @Test
  void registersTheGroupsThatItServes() {
    JsonNode items = api.get("/apis/apiregistration.k8s.io/v1/apiservices").body().path("items");
    assertThat(items.findValuesAsText("name"))
        .contains("v1.", "v1.apps", "v2.autoscaling", "v1.networking.k8s.io");
    assertThat(items.path(0).at("/status/conditions/0/reason").asText()).isEqualTo("Local");
  }
}
