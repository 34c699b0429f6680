package io.croft.fleet.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Query;
import io.croft.security.Attributes;
import io.croft.security.Decision;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeAuthorizerTest {
  private static final String FLEET = "/apis/fleet.croft.io/v1alpha1";
  private static final String LEASES =
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  private static final String REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

  private final NodeAuthorizer authorizer =
      new NodeAuthorizer(
          _ -> Decision.noOpinion("others"),
          new NodeAuthorizer.Assigned() {
            @Override
            public boolean component(String node, String name) {
              return node.equals("me") && name.equals("tool-1");
            }

            @Override
            public boolean source(String node, String kind, String namespace, String name) {
              return component(node, name) && namespace.equals("default") && kind.equals("Secret");
            }
          },
          attributes -> attributes.info().path().startsWith("/v1-k3s/"));

  private boolean allows(UserInfo user, String method, String path) {
    RequestInfo info = RequestInfo.parse(method, path, Query.EMPTY);
    return authorizer.authorize(new Attributes(user, info)).allowed();
  }

  @ParameterizedTest
  @CsvSource({
    "true,  GET,    /api/v1/nodes/me",
    "true,  PATCH,  /api/v1/nodes/me/status",
    "true,  PATCH,  " + LEASES + "/me",
    "true,  GET,    " + FLEET + "/machines/me",
    "true,  PATCH,  " + FLEET + "/machines/me/status",
    "true,  GET,    " + FLEET + "/machines/me/tunnel",
    "true,  GET,    " + FLEET + "/machines/me/copy",
    "true,  POST,   " + FLEET + "/machines/me/copy",
    "false, PUT,    " + FLEET + "/machines/me/copy",
    "false, GET,    " + FLEET + "/machines/other/copy",
    "false, POST,   " + FLEET + "/machines/other/copy",
    "true,  POST,   " + REQUESTS,
    "true,  GET,    " + REQUESTS + "/x",
    "false, GET,    /api/v1/nodes/other",
    "false, GET,    /api/v1/nodes",
    "false, PATCH,  /api/v1/nodes/me",
    "false, DELETE, /api/v1/nodes/me",
    "false, GET,    /api/v1/nodes/me/proxy/logs",
    "false, PATCH,  /api/v1/nodes/other/status",
    "false, PATCH,  " + LEASES + "/other",
    "false, PATCH,  /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/me",
    "false, DELETE, " + LEASES + "/me",
    "false, POST,   " + LEASES,
    "false, PATCH,  " + FLEET + "/machines/me",
    "false, PATCH,  " + FLEET + "/machines/other/status",
    "false, GET,    " + FLEET + "/machines/other/tunnel",
    "false, GET,    " + FLEET + "/jointokens",
    "false, PUT,    " + REQUESTS + "/x/approval",
    "false, GET,    " + REQUESTS,
    "false, GET,    /api/v1/namespaces/default/secrets/me",
    "true,  GET,    " + FLEET + "/machinecomponents/tool-1",
    "false, GET,    " + FLEET + "/machinecomponents/tool-2",
    "false, GET,    " + FLEET + "/machinecomponents",
    "false, PUT,    " + FLEET + "/machinecomponents/tool-1",
    "false, GET,    " + FLEET + "/machinecomponentsets/tool-1",
    "true,  GET,    /api/v1/namespaces/default/secrets/tool-1",
    "false, PATCH,  /api/v1/namespaces/default/secrets/tool-1",
    "false, GET,    /api/v1/namespaces/other/secrets/tool-1",
    "false, GET,    /api/v1/namespaces/default/configmaps/tool-1",
    "true,  GET,    " + FLEET + "/machines/me/k3s",
    "false, GET,    " + FLEET + "/machines/other/k3s",
    "true,  POST,   /v1-k3s/client-kubelet.crt",
    "false, GET,    /metrics"
  })
  void aNodeMayReportAboutItselfAlone(boolean allowed, String method, String path) {
    UserInfo node = UserInfo.of("system:node:me", "system:nodes", UserInfo.AUTHENTICATED);
    assertThat(allows(node, method, path)).isEqualTo(allowed);
    // The name alone, without the group, is nothing.
    assertThat(allows(UserInfo.of("system:node:me"), method, path)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "true,  POST, " + REQUESTS,
    "true,  GET,  " + REQUESTS + "/x",
    "false, GET,  " + REQUESTS,
    "false, PUT,  " + REQUESTS + "/x/approval",
    "false, GET,  /api/v1/nodes/me"
  })
  void whoeverJoinsMayAskForACertificate(boolean allowed, String method, String path) {
    UserInfo joining = UserInfo.of("system:croft:join:0a1b2c3d4e5f", "system:croft:joining");
    assertThat(allows(joining, method, path)).isEqualTo(allowed);
  }
}
