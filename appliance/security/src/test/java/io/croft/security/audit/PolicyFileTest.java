package io.croft.security.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Query;
import io.croft.security.AuditEvent.Stage;
import io.croft.security.AuditPolicy.Verdict;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("S11")
class PolicyFileTest {
  private static final String POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived]
      rules:
      - {level: None, users: ["system:apiserver"], verbs: [watch]}
      - {level: None, nonResourceURLs: ["/healthz*", /version]}
      - level: Metadata
        resources: [{group: "", resources: [secrets, configmaps]}]
      - level: RequestResponse
        userGroups: [auditors]
        omitStages: [ResponseStarted]
        omitManagedFields: true
      - level: Request
        namespaces: [shop]
        resources:
        - {group: "", resources: [pods, "*/log", "services/*"]}
        - {group: apps}
        - {group: batch, resources: [jobs], resourceNames: [nightly]}
      - {level: Metadata, verbs: [create, update, patch, delete]}
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "system:apiserver, g, GET, /api/v1/pods?watch=1, None",
    "alice, g, GET, /healthz/ping, None",
    "alice, g, GET, /version, None",
    "alice, g, GET, /version/x, None",
    "alice, auditors, GET, /metrics, RequestResponse",
    "alice, auditors, GET, /api/v1/secrets, Metadata",
    "alice, g, GET, /api/v1/namespaces/shop/pods/a, Request",
    "alice, g, GET, /api/v1/namespaces/shop/pods/a/log, Request",
    "alice, g, GET, /api/v1/namespaces/shop/pods/a/status, None",
    "alice, g, GET, /api/v1/namespaces/shop/services/a/proxy/b, Request",
    "alice, g, GET, /api/v1/namespaces/shop/services/a, None",
    "alice, g, GET, /api/v1/namespaces/other/pods/a, None",
    "alice, g, DELETE, /api/v1/namespaces/other/pods/a, Metadata",
    "alice, g, GET, /apis/apps/v1/namespaces/shop/deployments, Request",
    "alice, g, GET, /apis/batch/v1/namespaces/shop/jobs/nightly, Request",
    "alice, g, GET, /apis/batch/v1/namespaces/shop/jobs/daily, None",
  })
  void takesTheFirstRuleThatMatches(
      String user, String group, String method, String target, String level) throws Exception {
    String[] parts = target.split("\\?");
    RequestInfo info =
        RequestInfo.parse(method, parts[0], Query.parse(parts.length > 1 ? parts[1] : ""));
    Verdict verdict = read(POLICY).of(UserInfo.of(user, group), info, info.verb());

    assertThat(verdict.level().text()).isEqualTo(level);
  }

  @Test
  void addsStagesThatARuleOmits() throws Exception {
    RequestInfo info = RequestInfo.parse("GET", "/metrics", Query.EMPTY);
    Verdict verdict = read(POLICY).of(UserInfo.of("alice", "auditors"), info, "get");

    assertThat(verdict.omitted())
        .containsExactlyInAnyOrder(Stage.REQUEST_RECEIVED, Stage.RESPONSE_STARTED);
    assertThat(verdict.omitManagedFields()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rules: [{level: All}] | rules[0].level: Unsupported value: \"All\"",
        "rules: [{}] | rules[0].level: Required value",
        "rules: [] | rules: Required value",
        "rules: [{level: None, user: [a]}] | rules[0].user: Forbidden: there is no such field",
        "rules: [{level: None, users: a}] | rules[0].users: Invalid value",
        "rules: [{level: None, omitStages: [Done]}] | rules[0].omitStages[0]: Unsupported value",
        "rules: [{level: None, nonResourceURLs: [x]}] | rules[0].nonResourceURLs[0]: Invalid value",
        "rules: [{level: None, nonResourceURLs: [/a*b]}] | must be the final character",
        "rules: [{level: None, namespaces: [a], nonResourceURLs: [/a]}] | cannot apply to both",
        "rules: [{level: None, resources: [{group: a/v1}]}] | rules[0].resources[0].group",
        "rules: [{level: None, resources: [{resourceNames: [a]}]}] | requires at least one"
            + " resource",
      })
  void saysWhereAPolicyIsWrong(String rules, String message) {
    assertThatThrownBy(() -> read("apiVersion: audit.k8s.io/v1\nkind: Policy\n" + rules))
        .isInstanceOf(InvalidPolicyException.class)
        .hasMessageContaining(message);
  }

  @Test
  void keepsTheOldPolicyWhenTheNewOneIsWrong() throws Exception {
    Path file = directory.resolve("policy.yaml");
    Files.writeString(file, POLICY);
    var policy = new PolicyFile(file);
    policy.init();
    RequestInfo info = RequestInfo.parse("GET", "/version", Query.EMPTY);
    Files.writeString(file, "kind: Nonsense");

    policy.reload();
    assertThat(policy.of(UserInfo.of("alice"), info, "get").level().text()).isEqualTo("None");

    Files.writeString(file, POLICY.replace("/version", "/other"));
    policy.reload();
    assertThat(policy.of(UserInfo.of("alice", "auditors"), info, "get").level().text())
        .isEqualTo("RequestResponse");
  }

  @Test
  void refusesToStartWithAPolicyThatIsWrong() throws Exception {
    Path file = directory.resolve("policy.yaml");
    Files.writeString(file, "rules: 1");

    assertThatThrownBy(() -> new PolicyFile(file).init())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("apiVersion")
        .hasMessageContaining("kind");
  }

  private static PolicyRules read(String yaml) throws InvalidPolicyException {
    return PolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8));
  }
}
