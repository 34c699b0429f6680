package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Query;
import io.croft.model.Status;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttributesTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
          """
          GET,    /api/v1/namespaces/default/configmaps,              configmaps is forbidden: User "alice" cannot list resource "configmaps" in API group "" in the namespace "default"
          DELETE, /api/v1/namespaces/default/configmaps/x,            configmaps "x" is forbidden: User "alice" cannot delete resource "configmaps" in API group "" in the namespace "default"
          GET,    /apis/apps/v1/deployments,                          deployments.apps is forbidden: User "alice" cannot list resource "deployments" in API group "apps" at the cluster scope
          PUT,    /apis/apps/v1/namespaces/a/deployments/d/status,    deployments.apps "d" is forbidden: User "alice" cannot update resource "deployments/status" in API group "apps" in the namespace "a"
          GET,    /metrics,                                           forbidden: User "alice" cannot get path "/metrics"
          GET,    /<script>,                                          forbidden: User "alice" cannot get path "/&lt;script&gt;"
          """)
  void wordsRefusalsAsKubernetes(String method, String path, String message) {
    var attributes =
        new Attributes(UserInfo.of("alice"), RequestInfo.parse(method, path, Query.EMPTY));
    Status status = attributes.forbidden("").status();
    assertThat(status.message()).isEqualTo(message);
    assertThat(status.code()).isEqualTo(403);
    assertThat(status.reason()).isEqualTo("Forbidden");
    assertThat(attributes.forbidden("RBAC: x").status().message()).isEqualTo(message + ": RBAC: x");
  }
}
