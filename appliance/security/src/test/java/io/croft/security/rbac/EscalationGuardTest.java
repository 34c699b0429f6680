package io.croft.security.rbac;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.security.UserInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EscalationGuardTest {
  private static final UserInfo ALICE = UserInfo.of("alice", "dev", "ops");

  private final KnownRules rules = new KnownRules();
  private final EscalationGuard guard = new EscalationGuard(new RbacAuthorizer(rules));

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # held (verbs|groups|resources|names), granted, allowed
          get;list|''|pods|'',           get|''|pods|'',                 true
          get|''|pods|'',                get;list|''|pods|'',            false
          *|''|pods|'',                  get;list;*|''|pods|'',          true
          get;list|''|pods|'',           *|''|pods|'',                   false
          get|*|*|'',                    get|apps;''|pods;nodes|x,       true
          get|''|pods|'',                get|''|*|'',                    false
          get|''|pods|'',                get|''|pods/log|'',             false
          get|''|*/log|'',               get|''|pods/log|'',             true
          get|''|pods/log|'',            get|''|*/log|'',                false
          get|''|pods|'',                get|''|pods|a;b,                true
          get|''|pods|a,                 get|''|pods|a,                  true
          get|''|pods|a,                 get|''|pods|a;b,                false
          get|''|pods|a,                 get|''|pods|'',                 false
          """)
  void grantsOnlyWhatIsHeld(String held, String granted, boolean allowed) {
    rules.clusterRole("held", KnownRules.rule(held));
    rules.bind("", "b", "ClusterRole", "held", new Subject("User", "", "alice"));
    ApiObject role = role("", "new", KnownRules.rule(granted));
    if (allowed) {
      assertThatCode(() -> guard.checkRole(ALICE, role)).doesNotThrowAnyException();
    } else {
      assertThat(refusal(() -> guard.checkRole(ALICE, role)).code()).isEqualTo(403);
    }
  }

  @Test
  void severalRulesMayCoverOneTogether() {
    rules.clusterRole("a", KnownRules.rule("get|''|pods|''"));
    rules.clusterRole("b", KnownRules.rule("get;list|''|nodes|''"));
    rules.bind("", "1", "ClusterRole", "a", new Subject("User", "", "alice"));
    rules.bind("", "2", "ClusterRole", "b", new Subject("Group", "", "ops"));
    ApiObject role = role("", "new", KnownRules.rule("get|''|pods;nodes|''"));
    assertThatCode(() -> guard.checkRole(ALICE, role)).doesNotThrowAnyException();
  }

  @Test
  void coversPathsByTheirPrefix() {
    rules.clusterRole("held", paths("/healthz/*"));
    rules.bind("", "b", "ClusterRole", "held", new Subject("User", "", "alice"));
    assertThatCode(() -> guard.checkRole(ALICE, role("", "n", paths("/healthz/a", "/healthz/b/*"))))
        .doesNotThrowAnyException();
    assertThat(refusal(() -> guard.checkRole(ALICE, role("", "n", paths("/metrics")))).message())
        .endsWith("{NonResourceURLs:[\"/metrics\"], Verbs:[\"get\"]}");
  }

  @Test
  void saysWhatIsMissingAsKubernetes() {
    Status status =
        refusal(() ->
            guard.checkRole(ALICE, role("a", "new", KnownRules.rule("get;list|'';apps|pods|''"))));
    assertThat(status.message())
        .isEqualTo(
            """
            roles.rbac.authorization.k8s.io "new" is forbidden: user "alice" (groups=["dev" "ops"]) is attempting to grant RBAC permissions not currently held:
            {APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}
            {APIGroups:["apps"], Resources:["pods"], Verbs:["get" "list"]}\
            """);
  }

  @Test
  void rightsInANamespaceCoverRolesOfThatNamespaceOnly() {
    rules.role("a", "held", KnownRules.rule("get|''|pods|''"));
    rules.bind("a", "b", "Role", "held", new Subject("User", "", "alice"));
    PolicyRule granted = KnownRules.rule("get|''|pods|''");
    assertThatCode(() -> guard.checkRole(ALICE, role("a", "n", granted)))
        .doesNotThrowAnyException();
    refusal(() -> guard.checkRole(ALICE, role("b", "n", granted)));
    refusal(() -> guard.checkRole(ALICE, role("", "n", granted)));
  }

  @Test
  void escalateOnTheRoleLiftsTheRule() {
    rules.clusterRole(
        "lift", KnownRules.rule("escalate|rbac.authorization.k8s.io|clusterroles|new"));
    rules.bind("", "b", "ClusterRole", "lift", new Subject("User", "", "alice"));
    PolicyRule granted = KnownRules.rule("*|*|*|''");
    assertThatCode(() -> guard.checkRole(ALICE, role("", "new", granted)))
        .doesNotThrowAnyException();
    refusal(() -> guard.checkRole(ALICE, role("", "other", granted)));
  }

  @Test
  void mastersMayGrantEverything() {
    UserInfo admin = UserInfo.of("admin", "system:masters");
    assertThatCode(() -> guard.checkRole(admin, role("", "n", KnownRules.rule("*|*|*|''"))))
        .doesNotThrowAnyException();
    assertThatCode(() -> guard.checkBinding(admin, binding("", "ClusterRole", "lost")))
        .doesNotThrowAnyException();
  }

  @Test
  void onlyWhoMayDoEverythingAggregatesRoles() {
    rules.clusterRole("held", KnownRules.rule("create|rbac.authorization.k8s.io|clusterroles|''"));
    rules.bind("", "b", "ClusterRole", "held", new Subject("User", "", "alice"));
    ApiObject role = role("", "all", List.of());
    role.json().putObject("aggregationRule");
    assertThat(refusal(() -> guard.checkRole(ALICE, role)).message())
        .isEqualTo(
            "clusterroles.rbac.authorization.k8s.io \"all\" is forbidden: must have cluster-admin"
                + " privileges to use the aggregationRule");
  }

  @Test
  void bindsOnlyRolesWhoseRightsAreHeldThere() {
    rules.clusterRole("view", KnownRules.rule("get|''|pods|''"));
    rules.bind("a", "b", "ClusterRole", "view", new Subject("User", "", "alice"));
    assertThatCode(() -> guard.checkBinding(ALICE, binding("a", "ClusterRole", "view")))
        .doesNotThrowAnyException();
    refusal(() -> guard.checkBinding(ALICE, binding("b", "ClusterRole", "view")));
    assertThat(
            refusal(() -> guard.checkBinding(ALICE, binding("", "ClusterRole", "view"))).message())
        .startsWith("clusterrolebindings.rbac.authorization.k8s.io \"new\" is forbidden: user");
  }

  @Test
  void bindOnTheRoleLiftsTheRule() {
    rules.clusterRole("lift", KnownRules.rule("bind|rbac.authorization.k8s.io|clusterroles|view"));
    rules.clusterRole("view", KnownRules.rule("get|''|pods|''"));
    rules.clusterRole("edit", KnownRules.rule("update|''|pods|''"));
    rules.bind("a", "b", "ClusterRole", "lift", new Subject("User", "", "alice"));
    assertThatCode(() -> guard.checkBinding(ALICE, binding("a", "ClusterRole", "view")))
        .doesNotThrowAnyException();
    refusal(() -> guard.checkBinding(ALICE, binding("a", "ClusterRole", "edit")));
    refusal(() -> guard.checkBinding(ALICE, binding("", "ClusterRole", "view")));
  }

  @Test
  void aRoleThatIsNotThereCannotBeJudged() {
    Status status = refusal(() -> guard.checkBinding(ALICE, binding("a", "Role", "lost")));
    assertThat(status.code()).isEqualTo(404);
    assertThat(status.message()).isEqualTo("role.rbac.authorization.k8s.io \"lost\" not found");
  }

  @Test
  void refusesRulesThatAreTooLargeToCompare() {
    List<String> many = IntStream.range(0, 400).mapToObj(i -> "x" + i).toList();
    var huge = new PolicyRule(List.of("get"), many, many, List.of(), List.of());
    assertThat(refusal(() -> guard.checkRole(ALICE, role("", "n", huge))).message())
        .contains("more than 100000 combinations");
  }

  @Test
  void messagesStayShortHoweverMuchIsMissing() {
    List<String> many = IntStream.range(0, 1000).mapToObj(i -> "x" + i).toList();
    var large = new PolicyRule(List.of("get"), List.of(""), many, List.of(), List.of());
    assertThat(refusal(() -> guard.checkRole(ALICE, role("", "n", large))).message())
        .endsWith("\nand 950 more")
        .hasSizeLessThan(5_000);
  }

  private static Status refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable check) {
    var refusal = catchThrowableOfType(StatusException.class, check);
    assertThat(refusal).isNotNull();
    return refusal.status();
  }

  private static PolicyRule paths(String... paths) {
    return new PolicyRule(List.of("get"), List.of(), List.of(), List.of(), List.of(paths));
  }

  private static ApiObject role(String namespace, String name, PolicyRule rule) {
    return role(namespace, name, List.of(rule));
  }

  private static ApiObject role(String namespace, String name, List<PolicyRule> rules) {
    ApiObject role = ApiObject.of(Json.object()).setNamespace(namespace).setName(name);
    var array = role.json().putArray("rules");
    rules.forEach(rule -> array.add(rule.toJson()));
    return role;
  }

  private static ApiObject binding(String namespace, String kind, String name) {
    String text =
        "{\"metadata\":{\"name\":\"new\"},\"roleRef\":{\"kind\":\"%s\",\"name\":\"%s\"}}"
            .formatted(kind, name);
    try {
      return ApiObject.of(Json.parseObject(text.getBytes(StandardCharsets.UTF_8)))
          .setNamespace(namespace);
    } catch (MalformedJsonException e) {
      throw new AssertionError(e);
    }
  }
}
