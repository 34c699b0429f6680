package io.croft.security.rbac;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Query;
import io.croft.security.Attributes;
import io.croft.security.Decision;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RbacAuthorizerTest {
  private static final UserInfo ALICE = UserInfo.of("alice", "dev", "system:authenticated");

  private final KnownRules rules = new KnownRules();
  private final RbacAuthorizer authorizer = new RbacAuthorizer(rules);

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # rule: verbs|groups|resources|names, request, allowed
          get|''|pods|'',               GET /api/v1/namespaces/a/pods/p,              true
          get|''|pods|'',               GET /api/v1/namespaces/a/pods,                false
          *|''|pods|'',                 DELETE /api/v1/namespaces/a/pods,             true
          list;watch|''|pods|'',        GET /api/v1/namespaces/a/pods?watch=1,        true
          get|apps|pods|'',             GET /api/v1/namespaces/a/pods/p,              false
          get|*|pods|'',                GET /api/v1/namespaces/a/pods/p,              true
          get|''|*|'',                  GET /api/v1/namespaces/a/pods/p,              true
          get|''|*|'',                  GET /api/v1/namespaces/a/pods/p/log,          true
          get|''|pods|'',               GET /api/v1/namespaces/a/pods/p/log,          false
          get|''|pods/log|'',           GET /api/v1/namespaces/a/pods/p/log,          true
          get|''|pods/log|'',           GET /api/v1/namespaces/a/pods/p,              false
          get|''|*/log|'',              GET /api/v1/namespaces/a/pods/p/log,          true
          get|''|*/log|'',              GET /api/v1/namespaces/a/pods/p/status,       false
          get|''|pods/*|'',             GET /api/v1/namespaces/a/pods/p/log,          false
          get|''|pods|p;q,              GET /api/v1/namespaces/a/pods/p,              true
          get|''|pods|q,                GET /api/v1/namespaces/a/pods/p,              false
          *|''|pods|p,                  GET /api/v1/namespaces/a/pods,                false
          *|''|pods|p,                  POST /api/v1/namespaces/a/pods,               false
          *|''|pods|p,                  GET /api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dp, true
          Get|''|pods|'',               GET /api/v1/namespaces/a/pods/p,              false
          *|*|*|'',                     GET /metrics,                                 false
          """)
  void matchesRulesAsKubernetes(String rule, String request, boolean allowed) {
    rules.role("a", "r", KnownRules.rule(rule));
    rules.bind("a", "b", "Role", "r", new Subject("User", "", "alice"));
    assertThat(ask(ALICE, request).allowed()).isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({
    "/healthz, /healthz, true",
    "/healthz, /healthz/ping, false",
    "/healthz/*, /healthz/ping, true",
    "/healthz/*, /healthz, false",
    "/healthz*, /healthz, true",
    "/healthz/**, /healthz/ping, true",
    "/healthz/**, /healthz, false",
    "/health*z, /healthz, false",
    "*, /anything, true",
    "/*/x, /a/x, false",
    "*, /api/v1/pods, false"
  })
  void matchesPathsThatAreNoResources(String rule, String path, boolean allowed) {
    rules.clusterRole(
        "r", new PolicyRule(List.of("get"), List.of(), List.of(), List.of(), List.of(rule)));
    rules.bind("", "b", "ClusterRole", "r", new Subject("Group", "", "dev"));
    assertThat(ask(ALICE, "GET " + path).allowed()).isEqualTo(allowed);
    assertThat(ask(ALICE, "POST " + path).allowed()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "User, '', alice, true",
    "User, '', bob, false",
    "User, '', dev, false",
    "Group, '', dev, true",
    "Group, '', system:authenticated, true",
    "Group, '', alice, false",
    "user, '', alice, false",
    "ServiceAccount, a, alice, false"
  })
  void findsTheUserAmongTheSubjects(String kind, String namespace, String name, boolean allowed) {
    rules.clusterRole("all", KnownRules.rule("*|*|*|''"));
    rules.bind("", "b", "ClusterRole", "all", new Subject(kind, namespace, name));
    assertThat(ask(ALICE, "GET /api/v1/nodes").allowed()).isEqualTo(allowed);
  }

  @Test
  void serviceAccountsLiveInANamespace() {
    UserInfo robot = UserInfo.of("system:serviceaccount:a:robot");
    rules.clusterRole("all", KnownRules.rule("*|*|*|''"));
    rules.bind("a", "local", "ClusterRole", "all", new Subject("ServiceAccount", "", "robot"));
    assertThat(ask(robot, "GET /api/v1/namespaces/a/pods").allowed()).isTrue();

    rules.bindings.clear();
    rules.bind("", "global", "ClusterRole", "all", new Subject("ServiceAccount", "", "robot"));
    assertThat(ask(robot, "GET /api/v1/namespaces/a/pods").allowed()).isFalse();
    rules.bind("", "named", "ClusterRole", "all", new Subject("ServiceAccount", "a", "robot"));
    assertThat(ask(robot, "GET /api/v1/namespaces/a/pods").allowed()).isTrue();
  }

  @Test
  void aClusterRoleGrantedByARoleBindingIsLimitedToItsNamespace() {
    rules.clusterRole("all", KnownRules.rule("*|*|*|''"));
    rules.bind("a", "b", "ClusterRole", "all", new Subject("User", "", "alice"));
    assertThat(ask(ALICE, "GET /api/v1/namespaces/a/secrets/s").allowed()).isTrue();
    assertThat(ask(ALICE, "GET /api/v1/namespaces/b/secrets/s").allowed()).isFalse();
    assertThat(ask(ALICE, "GET /api/v1/secrets").allowed()).isFalse();
    assertThat(ask(ALICE, "GET /api/v1/nodes").allowed()).isFalse();
    assertThat(ask(ALICE, "GET /healthz").allowed()).isFalse();
    assertThat(ask(ALICE, "GET /api/v1/namespaces/a").allowed()).isTrue();
  }

  @Test
  void aRoleOfAnotherNamespaceGrantsNothing() {
    rules.role("b", "r", KnownRules.rule("*|*|*|''"));
    rules.bind("a", "x", "Role", "r", new Subject("User", "", "alice"));
    assertThat(ask(ALICE, "GET /api/v1/namespaces/a/pods").allowed()).isFalse();
    assertThat(ask(ALICE, "GET /api/v1/namespaces/b/pods").allowed()).isFalse();
  }

  @Test
  void aClusterRoleBindingCannotGrantARole() {
    rules.role("", "r", KnownRules.rule("*|*|*|''"));
    rules.bind("", "x", "Role", "r", new Subject("User", "", "alice"));
    assertThat(ask(ALICE, "GET /api/v1/pods").allowed()).isFalse();
  }

  @Test
  void mastersMayDoEverythingWithoutALook() {
    var blind =
        new RbacAuthorizer(
            new KnownRules() {
              @Override
              public Collection<RoleBinding> clusterRoleBindings() {
                throw new AssertionError("looked");
              }
            });
    var question = question(UserInfo.of("admin", "system:masters"), "DELETE /api/v1/nodes");
    assertThat(blind.authorize(question)).isEqualTo(Decision.allow(""));
  }

  @Test
  void saysWhichBindingAllows() {
    rules.clusterRole("view", KnownRules.rule("get|''|pods|''"));
    rules.bind("", "viewers", "ClusterRole", "view", new Subject("Group", "", "dev"));
    assertThat(ask(ALICE, "GET /api/v1/namespaces/a/pods/p").reason())
        .isEqualTo(
            "RBAC: allowed by ClusterRoleBinding \"viewers\" of ClusterRole \"view\" to Group"
                + " \"dev\"");

    rules.bindings.clear();
    rules.bind("a", "robots", "ClusterRole", "view", new Subject("ServiceAccount", "", "robot"));
    UserInfo robot = UserInfo.of("system:serviceaccount:a:robot");
    assertThat(ask(robot, "GET /api/v1/namespaces/a/pods/p").reason())
        .isEqualTo(
            "RBAC: allowed by RoleBinding \"robots/a\" of ClusterRole \"view\" to ServiceAccount"
                + " \"robot/a\"");
  }

  @Test
  void saysWhichRoleIsMissing() {
    rules.bind("", "x", "ClusterRole", "lost", new Subject("User", "", "alice"));
    Decision decision = ask(ALICE, "GET /api/v1/pods");
    assertThat(decision)
        .isEqualTo(
            Decision.noOpinion("RBAC: clusterrole.rbac.authorization.k8s.io \"lost\" not found"));
    rules.clusterRole("all", KnownRules.rule("*|*|*|''"));
    rules.bind("", "y", "ClusterRole", "all", new Subject("User", "", "alice"));
    assertThat(ask(ALICE, "GET /api/v1/pods").allowed()).isTrue();
  }

  @Test
  void hasNoOpinionOnStrangers() {
    assertThat(ask(ALICE, "GET /api/v1/pods")).isEqualTo(Decision.noOpinion(""));
  }

  @Test
  void listsTheRulesOfAUser() {
    rules.clusterRole("view", KnownRules.rule("get|''|pods|''"));
    rules.role("a", "edit", KnownRules.rule("update|''|pods|''"));
    rules.bind("", "v", "ClusterRole", "view", new Subject("Group", "", "dev"));
    rules.bind("a", "e", "Role", "edit", new Subject("User", "", "alice"));
    assertThat(authorizer.rulesFor(ALICE, "a"))
        .containsExactly(KnownRules.rule("get|''|pods|''"), KnownRules.rule("update|''|pods|''"));
    assertThat(authorizer.rulesFor(ALICE, "")).containsExactly(KnownRules.rule("get|''|pods|''"));
  }

  private Decision ask(UserInfo user, String request) {
    return authorizer.authorize(question(user, request));
  }

  private static Attributes question(UserInfo user, String request) {
    String[] parts = request.split("[ ?]");
    Query query = parts.length > 2 ? Query.parse(parts[2]) : Query.EMPTY;
    return new Attributes(user, RequestInfo.parse(parts[0], parts[1], query));
  }
}
