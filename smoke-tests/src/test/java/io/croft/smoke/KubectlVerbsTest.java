package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// What kubectl makes of several requests: apply that takes away, diff, rollouts, reconciled roles,
/// lists in pieces. With the newest kubectl and with an older one.
@ParameterizedClass
@ValueSource(strings = {"kubectl", "kubectl-1.32"})
class KubectlVerbsTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final Kubectl kubectl;
  private final String namespace = "verbs-" + NAMESPACES.incrementAndGet();

  KubectlVerbsTest(String program) {
    kubectl = new Kubectl(APPLIANCE, program);
  }

  @BeforeEach
  void createANamespace() {
    kubectl.text("create", "namespace", namespace);
  }

  private Command command(String... arguments) {
    var all = new ArrayList<>(List.of("--namespace=" + namespace));
    all.addAll(List.of(arguments));
    return kubectl.command(all.toArray(String[]::new));
  }

  private String text(String... arguments) {
    return command(arguments).run().succeeded().text();
  }

  private String reading(String manifest, String... arguments) {
    return command(arguments).reading(manifest).run().succeeded().text();
  }

  private static String maps(String... names) {
    var maps = new StringBuilder();
    for (String name : names) {
      maps.append(
          """
          ---
          apiVersion: v1
          kind: ConfigMap
          metadata:
            name: %1$s
            labels:
              set: one
          data:
            of: %1$s
          """
              .formatted(name));
    }
    return maps.toString();
  }

  @Test
  void appliesAndPrunesBySelector() {
    String[] apply = {
      "apply", "-f", "-", "--prune", "-l", "set=one", "--prune-allowlist=core/v1/ConfigMap"
    };
    assertThat(reading(maps("a", "b"), apply))
        .isEqualTo("configmap/a created\nconfigmap/b created");
    assertThat(reading(maps("b"), apply)).isEqualTo("configmap/b unchanged\nconfigmap/a pruned");
    assertThat(text("get", "cm", "-l", "set=one", "-o", "name")).isEqualTo("configmap/b");
  }

  @Test
  void appliesAndPrunesAnApplySet() {
    for (String names : List.of("a b", "b c")) {
      command("apply", "--server-side", "-f", "-", "--prune", "--applyset=set")
          .with("KUBECTL_APPLYSET", "true")
          .reading(maps(names.split(" ")))
          .run()
          .succeeded();
    }
    assertThat(text("get", "cm", "-l", "set=one", "-o", "name").lines())
        .containsExactly("configmap/b", "configmap/c");
    assertThat(text("get", "cm", "b", "-o", "jsonpath={.metadata.labels}"))
        .contains("applyset.kubernetes.io/part-of");
    assertThat(text("get", "secret", "set", "-o", "jsonpath={.metadata.annotations}"))
        .contains("\"applyset.kubernetes.io/contains-group-kinds\":\"ConfigMap\"");
  }

  @Test
  void showsWhatItsOwnApplyWouldChange() {
    reading(maps("a"), "apply", "-f", "-");
    assertThat(reading(maps("a"), "diff", "-f", "-")).isEmpty();
    Command.Output other =
        command("diff", "-f", "-").reading(maps("a").replace("of: a", "of: b")).run().exited(1);
    assertThat(other.out()).contains("-  of: a", "+  of: b");
    assertThat(text("get", "cm", "a", "-o", "jsonpath={.data.of}")).isEqualTo("a");
  }

  @Test
  void replacesAndPatchesStatus() {
    reading(maps("a"), "create", "-f", "-");
    assertThat(reading(maps("a").replace("of: a", "of: b"), "replace", "-f", "-"))
        .isEqualTo("configmap/a replaced");
    assertThat(reading(maps("a"), "replace", "--force", "-f", "-"))
        .endsWith("configmap/a replaced");
    text("create", "deployment", "web", "--image=nginx:1.27");
    text(
        "patch",
        "deployment",
        "web",
        "--subresource=status",
        "--type=merge",
        "-p",
        "{\"status\":{\"observedGeneration\":1,\"replicas\":1,\"updatedReplicas\":1,\"readyReplicas\":1,\"availableReplicas\":1}}");
    assertThat(text("rollout", "status", "deployment/web", "--timeout=20s"))
        .isEqualTo("deployment \"web\" successfully rolled out");
    assertThat(text("get", "deployment", "web", "--subresource=status", "-o", "name"))
        .isEqualTo("deployment.apps/web");
  }

  @Test
  void rollsADeploymentBack() {
    text("create", "deployment", "web", "--image=nginx:1.28");
    text("annotate", "deployment", "web", "deployment.kubernetes.io/revision=2");
    String uid = text("get", "deployment", "web", "-o", "jsonpath={.metadata.uid}");
    reading(
        replicaSet(1, "1.27", uid) + "\n---\n" + replicaSet(2, "1.28", uid), "create", "-f", "-");
    assertThat(text("rollout", "history", "deployment/web"))
        .containsPattern("(?m)^1 +<none>$")
        .containsPattern("(?m)^2 +<none>$");
    assertThat(text("rollout", "history", "deployment/web", "--revision=1")).contains("nginx:1.27");
    assertThat(text("rollout", "undo", "deployment/web"))
        .isEqualTo("deployment.apps/web rolled back");
    assertThat(
            text(
                "get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}"))
        .isEqualTo("nginx:1.27");
    assertThat(text("rollout", "restart", "deployment/web"))
        .isEqualTo("deployment.apps/web restarted");
    assertThat(text("get", "deploy", "web", "-o", "jsonpath={.spec.template.metadata.annotations}"))
        .contains("kubectl.kubernetes.io/restartedAt");
  }

  /// As the deployment's controller leaves it behind.
  private static String replicaSet(int revision, String image, String owner) {
    return """
    apiVersion: apps/v1
    kind: ReplicaSet
    metadata:
      name: web-%1$d
      labels: {app: web, pod-template-hash: r%1$d}
      annotations: {deployment.kubernetes.io/revision: "%1$d"}
      ownerReferences:
      - {apiVersion: apps/v1, kind: Deployment, name: web, uid: %3$s, controller: true}
    spec:
      selector: {matchLabels: {app: web, pod-template-hash: r%1$d}}
      template:
        metadata: {labels: {app: web, pod-template-hash: r%1$d}}
        spec: {containers: [{name: nginx, image: "nginx:%2$s"}]}
    """
        .formatted(revision, image, owner);
  }

  @Test
  void reconcilesRolesWithoutTakingAway() {
    text("create", "role", "reader", "--verb=get", "--resource=pods,configmaps");
    String wanted =
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: reader, namespace: %s}
        rules:
        - {apiGroups: [""], resources: [pods, secrets], verbs: [get]}
        """
            .formatted(namespace);
    assertThat(reading(wanted, "auth", "reconcile", "-f", "-"))
        .isEqualTo("role.rbac.authorization.k8s.io/reader reconciled");
    assertThat(text("auth", "can-i", "get", "configmaps")).isEqualTo("yes");
    String rules = text("get", "role", "reader", "-o", "jsonpath={.rules}");
    assertThat(rules).contains("configmaps", "secrets");
    reading(wanted, "auth", "reconcile", "--remove-extra-permissions", "-f", "-");
    assertThat(text("get", "role", "reader", "-o", "jsonpath={.rules}"))
        .doesNotContain("configmaps");
  }

  @Test
  void getsAListInPieces() {
    var names = new String[25];
    for (int i = 0; i < names.length; i++) {
      names[i] = "map-" + i;
    }
    reading(maps(names), "create", "-f", "-");
    Command.Output listed =
        command("get", "cm", "-l", "set=one", "--chunk-size=10", "-o", "name", "-v=6")
            .run()
            .succeeded();
    assertThat(listed.text().lines()).hasSize(names.length);
    assertThat(listed.err().lines().filter(line -> line.contains("continue="))).hasSize(2);
    assertThat(
            text(
                "get",
                "cm",
                "-l",
                "set=one",
                "--sort-by=.data.of",
                "-o",
                "custom-columns=OF:.data.of"))
        .startsWith("OF\nmap-0\nmap-1\nmap-10");
  }

  @Test
  void waitsForConditionsAndCreation() {
    reading(
        Manifests.WIDGET_CRD
            .replace("widgets", "gadgets")
            .replace("Widget", "Gadget")
            .replace("widget", "gadget")
            .replace("[wd]", "[gd]"),
        "apply",
        "-f",
        "-");
    assertThat(
            text(
                "wait",
                "--for=condition=NamesAccepted",
                "crd/gadgets.example.com",
                "--timeout=20s"))
        .endsWith("condition met");
    Command.Output late =
        command("wait", "--for=jsonpath={.data.of}=b", "cm/none", "--timeout=1s").run().exited(1);
    assertThat(late.err()).contains("not found");
    reading(maps("a"), "create", "-f", "-");
    assertThat(text("wait", "--for=create", "cm/a", "--timeout=20s"))
        .isEqualTo("configmap/a condition met");
  }

  @Test
  void editsAndRecordsALastConfiguration() {
    reading(maps("a"), "apply", "-f", "-");
    assertThat(
            command("edit", "cm", "a")
                .with("KUBE_EDITOR", "sed -i s/of:.a/of:\\ c/")
                .run()
                .succeeded()
                .text())
        .isEqualTo("configmap/a edited");
    assertThat(text("apply", "view-last-applied", "cm/a")).contains("of: a");
    assertThat(reading(maps("a"), "apply", "-f", "-")).isEqualTo("configmap/a configured");
    assertThat(reading(maps("a").replace("of: a", "of: d"), "apply", "set-last-applied", "-f", "-"))
        .isEqualTo("configmap/a configured");
    Command.Output refused =
        command("edit", "cm", "a").with("KUBE_EDITOR", "sed -i s/ConfigMap/NoSuchKind/").run();
    assertThat(refused.exit()).isNotZero();
  }
}
