package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The stock kubectl does its work against the appliance and says what it says elsewhere.
class KubectlTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final Kubectl kubectl = new Kubectl(APPLIANCE);
  private final String namespace = "shop-" + NAMESPACES.incrementAndGet();

  @BeforeAll
  static void installTheWidgetDefinition() {
    var kubectl = new Kubectl(APPLIANCE);
    assertThat(kubectl.apply(Manifests.WIDGET_CRD))
        .isEqualTo("customresourcedefinition.apiextensions.k8s.io/widgets.example.com created");
    assertThat(
            kubectl.text(
                "wait", "--for=condition=established", "crd/widgets.example.com", "--timeout=20s"))
        .isEqualTo(
            "customresourcedefinition.apiextensions.k8s.io/widgets.example.com condition met");
  }

  @BeforeEach
  void createANamespace() {
    assertThat(kubectl.text("create", "namespace", namespace))
        .isEqualTo("namespace/" + namespace + " created");
  }

  /// Runs kubectl in the namespace of this test.
  private String text(String... arguments) {
    return run(arguments).succeeded().text();
  }

  private Command.Output run(String... arguments) {
    return command(arguments).run();
  }

  private Command command(String... arguments) {
    var all = new ArrayList<String>();
    all.add("--namespace=" + namespace);
    all.addAll(List.of(arguments));
    return kubectl.command(all.toArray(String[]::new));
  }

  private void createConfigMap() {
    assertThat(text("create", "configmap", "app", "--from-literal=colour=red"))
        .isEqualTo("configmap/app created");
  }

  @Test
  void listsNamespacesWithTheirStatus() {
    assertThat(kubectl.text("get", "namespaces"))
        .containsPattern("(?m)^NAME +STATUS +AGE$")
        .containsPattern("(?m)^default +Active +\\d+[smh]")
        .containsPattern("(?m)^kube-system +Active +\\d+[smh]")
        .containsPattern("(?m)^" + namespace + " +Active +\\d+s$");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-owide"})
  void printsTheColumnsOfAConfigMap(String format) {
    createConfigMap();
    String[] get =
        format.isEmpty() ? new String[] {"get", "cm"} : new String[] {"get", "cm", format};
    assertThat(text(get))
        .containsPattern("(?m)^NAME +DATA +AGE$")
        .containsPattern("(?m)^app +1 +\\d+s$");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name | configmap/app",
        "jsonpath={.data.colour} | red",
        "go-template={{.data.colour}} | red",
        "custom-columns=NAME:.metadata.name,COLOUR:.data.colour | NAME   COLOUR\\napp    red"
      })
  void printsInTheFormatThatIsAskedFor(String format, String expected) {
    createConfigMap();
    assertThat(text("get", "cm", "app", "-o", format)).isEqualTo(expected.replace("\\n", "\n"));
  }

  @Test
  void printsYamlAndJson() throws Exception {
    createConfigMap();
    assertThat(text("get", "cm", "app", "-o", "yaml"))
        .startsWith("apiVersion: v1\ndata:\n  colour: red\nkind: ConfigMap\nmetadata:\n")
        .contains("\n  name: app\n  namespace: " + namespace + "\n  resourceVersion: ");

    JsonNode json = Api.MAPPER.readTree(text("get", "cm", "app", "-o", "json"));
    assertThat(json.at("/data/colour").asText()).isEqualTo("red");
    assertThat(json.at("/metadata/uid").asText()).matches("[0-9a-f-]{36}");
    assertThat(json.at("/metadata/creationTimestamp").asText()).endsWith("Z");
  }

  @Test
  void appliesACustomResourceAgainAndAgain() {
    assertThat(kubectl.apply(Manifests.widget(namespace, "a", 3)))
        .isEqualTo("widget.example.com/a created");
    assertThat(kubectl.apply(Manifests.widget(namespace, "a", 4)))
        .isEqualTo("widget.example.com/a configured");
    assertThat(kubectl.apply(Manifests.widget(namespace, "a", 4)))
        .isEqualTo("widget.example.com/a unchanged");

    assertThat(text("get", "widget", "a", "-o", "jsonpath={.spec}"))
        .isEqualTo("{\"colour\":\"red\",\"size\":4}");
    assertThat(text("get", "wd")).containsPattern("(?m)^NAME +SIZE$\\n^a +4$");
  }

  @Test
  void refusesWhatTheSchemaForbids() {
    Command.Output refused =
        command("apply", "-f", "-").reading(Manifests.widget(namespace, "a", 11)).run().exited(1);
    assertThat(refused.err())
        .contains(
            "The Widget \"a\" is invalid: spec.size: Invalid value: 11: "
                + "spec.size in body should be less than or equal to 10");
  }

  @Test
  void refusesAnUnknownFieldUnderStrictValidation() {
    Command.Output refused =
        command("create", "--validate=strict", "-f", "-")
            .reading("---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, colour: red}")
            .run()
            .exited(1);
    assertThat(refused.err()).contains("strict decoding error: unknown field \"colour\"");
    assertThat(run("get", "cm", "a").exited(1).err())
        .contains("Error from server (NotFound): configmaps \"a\" not found");
  }

  @Test
  void watchesAChange() throws Exception {
    kubectl.apply(Manifests.widget(namespace, "a", 3));
    Path out = Files.createTempFile(APPLIANCE.directory(), "watch", ".out");
    Process watch =
        kubectl.start(
            out,
            "-n",
            namespace,
            "get",
            "widget",
            "a",
            "-w",
            "-o",
            "jsonpath={.spec.size}{\"\\n\"}");
    try {
      eventually("the first line", () -> Files.readString(out).equals("3\n"));
      kubectl.apply(Manifests.widget(namespace, "a", 4));
      eventually("the second line", () -> Files.readString(out).equals("3\n4\n"));
    } finally {
      watch.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "json | [{\"op\":\"replace\",\"path\":\"/data/colour\",\"value\":\"blue\"}] |"
            + " {\"colour\":\"blue\"}",
        "merge | {\"data\":{\"colour\":null,\"size\":\"3\"}} | {\"size\":\"3\"}",
        "strategic | {\"data\":{\"size\":\"3\"}} | {\"colour\":\"red\",\"size\":\"3\"}"
      })
  void patches(String type, String patch, String expected) {
    createConfigMap();
    assertThat(text("patch", "cm", "app", "--type", type, "-p", patch))
        .isEqualTo("configmap/app patched");
    assertThat(text("get", "cm", "app", "-o", "jsonpath={.data}")).isEqualTo(expected);
  }

  @Test
  void mergesListsByKeyInAStrategicPatch() {
    assertThat(text("create", "serviceaccount", "web")).isEqualTo("serviceaccount/web created");
    for (String secret : List.of("one", "two")) {
      text("patch", "sa", "web", "-p", "{\"secrets\":[{\"name\":\"" + secret + "\"}]}");
    }
    assertThat(text("get", "sa", "web", "-o", "jsonpath={.secrets[*].name}").split(" "))
        .containsExactlyInAnyOrder("one", "two");
    text("patch", "sa", "web", "-p", "{\"secrets\":[{\"$patch\":\"delete\",\"name\":\"one\"}]}");
    assertThat(text("get", "sa", "web", "-o", "jsonpath={.secrets[*].name}")).isEqualTo("two");
  }

  @Test
  void labelsAnnotatesAndSelects() {
    createConfigMap();
    text("create", "configmap", "other");
    assertThat(text("label", "cm", "app", "tier=web")).isEqualTo("configmap/app labeled");
    assertThat(text("annotate", "cm", "app", "note=hello")).isEqualTo("configmap/app annotated");
    assertThat(text("get", "cm", "-l", "tier=web", "-o", "name")).isEqualTo("configmap/app");
    assertThat(text("get", "cm", "--field-selector=metadata.name=other", "-o", "name"))
        .isEqualTo("configmap/other");
    assertThat(text("get", "cm", "app", "-o", "jsonpath={.metadata.annotations.note}"))
        .isEqualTo("hello");
  }

  @Test
  void edits() {
    createConfigMap();
    assertThat(
            command("edit", "cm", "app")
                .with("KUBE_EDITOR", "sed -i s/red/green/")
                .run()
                .succeeded()
                .text())
        .isEqualTo("configmap/app edited");
    assertThat(text("get", "cm", "app", "-o", "jsonpath={.data.colour}")).isEqualTo("green");
  }

  @Test
  void deletes() {
    createConfigMap();
    assertThat(text("delete", "cm", "app"))
        .matches("configmap \"app\" deleted( from " + namespace + " namespace)?");
    assertThat(run("get", "cm", "app").exited(1).err().strip())
        .isEqualTo("Error from server (NotFound): configmaps \"app\" not found");
  }

  @Test
  void explainsABuiltInKind() {
    assertThat(kubectl.text("explain", "configmap.data"))
        .containsPattern("KIND: +ConfigMap\\nVERSION: +v1\\n")
        .contains("FIELD: data <map[string]string>", "Data contains the configuration data.");
    assertThat(kubectl.text("explain", "lease.spec", "--recursive"))
        .containsPattern("GROUP: +coordination.k8s.io\\nKIND: +Lease\\n")
        .containsPattern("(?m)^  leaseDurationSeconds\\s+<integer>$");
  }

  @Test
  void explainsACustomResource() {
    assertThat(kubectl.text("explain", "widget.spec.size"))
        .containsPattern("GROUP: +example.com\\nKIND: +Widget\\nVERSION: +v1\\n")
        .contains("FIELD: size <integer>", "How large it is, in inches.");
    assertThat(kubectl.text("explain", "widget", "--recursive"))
        .contains("A widget for the shop.")
        .containsPattern("(?m)^  spec\\s+<Object>$")
        .containsPattern("(?m)^    size\\s+<integer> -required-$");
  }

  @Test
  void tellsWhatTheServerOffers() {
    assertThat(kubectl.text("api-resources"))
        .containsPattern("(?m)^configmaps +cm +v1 +true +ConfigMap$")
        .containsPattern("(?m)^leases +coordination.k8s.io/v1 +true +Lease$")
        .containsPattern("(?m)^widgets +wd +example.com/v1 +true +Widget$");
    assertThat(kubectl.text("api-versions").lines())
        .contains("v1", "coordination.k8s.io/v1", "rbac.authorization.k8s.io/v1", "example.com/v1");
  }

  @Test
  void knowsWhoAsksAndWhatTheyMayDo() {
    assertThat(kubectl.text("auth", "whoami"))
        .containsPattern("(?m)^ATTRIBUTE +VALUE$")
        .containsPattern("(?m)^Groups +\\[.*system:authenticated.*\\]$");
    assertThat(text("auth", "can-i", "create", "configmaps")).isEqualTo("yes");
    assertThat(run("auth", "can-i", "create", "configmaps", "--as=bob").exited(1).text())
        .isEqualTo("no");
    assertThat(run("get", "cm", "--as=bob").exited(1).err().strip())
        .isEqualTo(
            "Error from server (Forbidden): configmaps is forbidden: User \"bob\" cannot list "
                + "resource \"configmaps\" in API group \"\" in the namespace \""
                + namespace
                + "\"");
  }

  @Test
  void grantsByRoleBinding() {
    text("create", "role", "reader", "--verb=get,list", "--resource=configmaps");
    text("create", "rolebinding", "reader", "--role=reader", "--user=carol");
    assertThat(text("auth", "can-i", "list", "configmaps", "--as=carol")).isEqualTo("yes");
    assertThat(run("auth", "can-i", "delete", "configmaps", "--as=carol").exited(1).text())
        .isEqualTo("no");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/livez", "/readyz"})
  void saysThatItIsWell(String path) {
    assertThat(kubectl.text("get", "--raw", path)).isEqualTo("ok");
  }

  @Test
  void readsTheMetrics() {
    assertThat(kubectl.text("get", "--raw", "/metrics"))
        .containsPattern("(?m)^apiserver_request_total\\{code=\"200\",.*verb=\"LIST\"")
        .containsPattern("(?m)^croft_store_revision [1-9]")
        .contains("croft_component_running{component=\"gateway\"} 1.0", "process_open_fds");
    assertThat(run("get", "--raw", "/metrics", "--as=nobody").exited(1).err())
        .contains("cannot get path \"/metrics\"");
  }

  @Test
  void tellsItsVersion() throws Exception {
    JsonNode version = Api.MAPPER.readTree(kubectl.text("get", "--raw", "/version"));
    assertThat(version.path("major").asText()).isEqualTo("1");
    assertThat(version.path("gitVersion").asText()).matches("v1\\.\\d+\\.\\d+.*");
    assertThat(kubectl.text("version"))
        .contains("Server Version: " + version.path("gitVersion").asText());
  }

  @Test
  void waitsForAFieldAndForADeletion() {
    createConfigMap();
    assertThat(text("wait", "--for=jsonpath={.data.colour}=red", "cm/app", "--timeout=20s"))
        .isEqualTo("configmap/app condition met");
    text("delete", "cm", "app", "--wait=false");
    text("wait", "--for=delete", "cm/app", "--timeout=20s");
  }

  @Test
  void showsADryRunAndKeepsNothingOfIt() {
    assertThat(text("create", "configmap", "app", "--dry-run=server"))
        .isEqualTo("configmap/app created (server dry run)");
    assertThat(run("get", "cm", "app").exited(1).err()).contains("NotFound");
  }

  @Test
  void deletesANamespaceWithAllItsContent() {
    createConfigMap();
    kubectl.apply(Manifests.widget(namespace, "a", 3));
    assertThat(kubectl.text("delete", "namespace", namespace, "--timeout=60s"))
        .isEqualTo("namespace \"" + namespace + "\" deleted");

    assertThat(kubectl.run("get", "namespace", namespace).exited(1).err().strip())
        .isEqualTo("Error from server (NotFound): namespaces \"" + namespace + "\" not found");
    assertThat(text("get", "cm,widgets", "-o", "name")).isEmpty();
    assertThat(run("create", "configmap", "late").exited(1).err())
        .contains("namespaces \"" + namespace + "\" not found");
  }
}
