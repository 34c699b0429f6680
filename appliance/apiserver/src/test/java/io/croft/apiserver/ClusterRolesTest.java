package io.croft.apiserver;

import static io.croft.apiserver.TestControlPlane.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Cluster roles that are made of others.
@Timeout(120)
final class ClusterRolesTest {
  private static final String ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

  @TempDir Path directory;

  private static String part(String name, String resource) {
    return ("{\"metadata\":{\"name\":\"%s\",\"labels\":{\"part\":\"yes\"}},\"rules\":[{\"verbs\":"
            + "[\"get\"],\"apiGroups\":[\"\"],\"resources\":[\"%s\"]}]}")
        .formatted(name, resource);
  }

  @Test
  void unitesTheRulesOfThoseThatAreSelected() throws Exception {
    try (var plane = new TestControlPlane(directory)) {
      TestApi api = plane.api;
      api.post(ROLES, part("b", "secrets"));
      api.post(
          ROLES,
          "{\"metadata\":{\"name\":\"whole\",\"labels\":{\"part\":\"yes\"}},\"aggregationRule\":"
              + "{\"clusterRoleSelectors\":[{\"matchLabels\":{\"part\":\"yes\"}}]}}");
      eventually("it has one rule", () -> resources(api).equals("[[\"secrets\"]]"));
      api.post(ROLES, part("a", "configmaps"));
      api.post(ROLES, part("c", "secrets"));
      eventually(
          "it has each rule once",
          () -> resources(api).equals("[[\"configmaps\"], [\"secrets\"]]"));
      api.delete(ROLES + "/a");
      eventually("it has lost a rule", () -> resources(api).equals("[[\"secrets\"]]"));
    }
  }

  private static String resources(TestApi api) {
    return api.get(ROLES + "/whole").body().path("rules").findValues("resources").toString();
  }

  @Test
  void refusesAnAggregationOfNothing() {
    try (var api = new TestApi(directory)) {
      var refused =
          api.post(
              ROLES,
              "{\"metadata\":{\"name\":\"none\"},\"aggregationRule\":{\"clusterRoleSelectors\":[]}}");
      assertThat(refused.code()).isEqualTo(422);
      assertThat(refused.text("message"))
          .contains("aggregationRule.clusterRoleSelectors: Required");
    }
  }
}
