package io.croft.fleet.component;

import static io.croft.fleet.TestSite.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.ListOptions;
import io.croft.client.PatchType;
import io.croft.fleet.TestSite;
import io.croft.fleet.agent.component.HostComponents;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.Yaml;
import io.croft.security.UserInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sets, hosts and real scripts against an API server, in process.
@Tag("G17")
@Tag("G18")
class MachineComponentsTest {
  private static final GroupVersionResource CONFIG_MAPS =
      new GroupVersionResource("", "v1", "configmaps");
  private static final GroupVersionResource SECRETS = new GroupVersionResource("", "v1", "secrets");
  private static final GroupVersionResource EVENTS = new GroupVersionResource("", "v1", "events");

  private static final String DIGEST = "a".repeat(64);

  @TempDir private Path directory;
  private final List<HostComponents> hosts = new ArrayList<>();
  private TestSite site;

  @BeforeEach
  void start() throws Exception {
    site = new TestSite(directory.resolve("site"));
  }

  @AfterEach
  void stop() {
    hosts.forEach(HostComponents::close);
    site.close();
  }

  private void create(GroupVersionResource resource, String yaml) throws Exception {
    site.client.create(
        resource, ApiObject.of((ObjectNode) Yaml.parse(yaml.getBytes(StandardCharsets.UTF_8))));
  }

  private ApiClient as(String node) {
    return site.as(
        UserInfo.of("system:node:" + node, FleetKinds.NODES_GROUP, UserInfo.AUTHENTICATED));
  }

  private Path state(String node) {
    return directory.resolve(node + ".installed");
  }

  private HostComponents host(String node) throws Exception {
    create(
        FleetKinds.MACHINES,
        """
        apiVersion: fleet.croft.io/v1alpha1
        kind: Machine
        metadata: {name: %s}
        spec: {role: agent, key: "%s"}
        """
            .formatted(node, "00".repeat(32)));
    eventually("it has a node", () -> site.client.find(FleetKinds.NODES, "", node).isPresent());
    site.client.patchStatus(
        FleetKinds.NODES,
        "",
        node,
        PatchType.MERGE,
        "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}"
            .getBytes(StandardCharsets.UTF_8));
    return agent(node);
  }

  private HostComponents agent(String node) {
    var components =
        new HostComponents(as(node), node, directory.resolve(node + "/node"), Map.of(), site.clock);
    hosts.add(components);
    components.start();
    return components;
  }

  /// Installs by writing the version to a file beside the host's directory.
  private void component(String version, String install) throws Exception {
    create(
        FleetKinds.COMPONENTS,
        """
        apiVersion: fleet.croft.io/v1alpha1
        kind: MachineComponent
        metadata: {name: tool-%1$s}
        spec:
          component: tool
          version: "%1$s"
          env: [{name: STATE, value: %2$s}]
          install: {script: '%3$s'}
          check: {script: 'grep -qx "$CROFT_VERSION" "$STATE/$CROFT_NODE.installed"', periodSeconds: 5}
          remove: {script: 'rm "$STATE/$CROFT_NODE.installed"'}
        """
            .formatted(version, directory, install));
  }

  private static final String INSTALL =
      "echo \"$CROFT_VERSION\" > \"$STATE/$CROFT_NODE.installed\"";

  private void set(String version, String more) throws Exception {
    create(
        FleetKinds.COMPONENT_SETS,
        """
        apiVersion: fleet.croft.io/v1alpha1
        kind: MachineComponentSet
        metadata: {name: tools}
        spec:
          componentName: tool
          version: "%s"
        %s
        """
            .formatted(version, more));
  }

  private void merge(String spec) {
    site.client.patch(
        FleetKinds.COMPONENT_SETS,
        "",
        "tools",
        PatchType.MERGE,
        "{\"spec\":%s}".formatted(spec).getBytes(StandardCharsets.UTF_8));
  }

  private JsonNode status() {
    return site.client.get(FleetKinds.COMPONENT_SETS, "", "tools").json().path("status");
  }

  private String condition(String type) {
    for (JsonNode condition : status().path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("reason").asText() + ": " + condition.path("message").asText();
      }
    }
    return "";
  }

  /// Hosts of a test have no tunnel by which they would be woken.
  private void awaitProgress(String beginning) throws Exception {
    eventually(
        "the set says " + beginning,
        () -> {
          hosts.forEach(HostComponents::wake);
          Thread.sleep(20);
          return condition("Progressing").startsWith(beginning);
        });
  }

  private String installed(String node) throws Exception {
    return Files.exists(state(node)) ? Files.readString(state(node)).strip() : "";
  }

  @Test
  void hostsGetAVersionThenAnotherAndLoseItWithTheSet() throws Exception {
    host("a");
    host("b");
    component("1", INSTALL);
    component("2", INSTALL);
    set("1", "");
    awaitProgress("Complete: 2 of 2 hosts have 1");
    assertThat(installed("a") + installed("b")).isEqualTo("11");

    merge("{\"version\":\"2\",\"updateStrategy\":{\"partition\":1}}");
    awaitProgress("PartitionReached: 1 of 2 hosts have 2");
    assertThat(installed("a") + installed("b")).isEqualTo("12");
    assertThat(status().path("currentVersion").asText()).isEqualTo("1");
    merge("{\"updateStrategy\":{\"partition\":0}}");
    awaitProgress("Complete: 2 of 2 hosts have 2");
    assertThat(status().path("history").findValuesAsText("version")).containsExactly("1", "2");
    assertThat(status().path("currentVersion").asText()).isEqualTo("2");
    assertThat(condition("Ready")).isEqualTo("AllReady: all 2 hosts");

    site.client.delete(FleetKinds.COMPONENT_SETS, "", "tools", DeleteOptions.DEFAULT);
    eventually(
        "it is removed",
        () -> {
          hosts.forEach(HostComponents::wake);
          Thread.sleep(20);
          JsonNode machine = site.client.get(FleetKinds.MACHINES, "", "a").json();
          return installed("a").isEmpty()
              && installed("b").isEmpty()
              && machine.at("/spec/components").isEmpty()
              && machine.at("/status/components").isEmpty();
        });
  }

  @Test
  @Tag("R-93")
  void whatIsThereAlreadyIsNeitherInstalledNorRemoved() throws Exception {
    host("a");
    Files.writeString(state("a"), "1\n");
    component("1", "exit 7");
    set("1", "");
    awaitProgress("Complete: 1 of 1 hosts have 1");
    site.client.delete(FleetKinds.COMPONENT_SETS, "", "tools", DeleteOptions.DEFAULT);
    eventually(
        "it is forgotten",
        () -> {
          hosts.forEach(HostComponents::wake);
          Thread.sleep(20);
          return site.client
              .get(FleetKinds.MACHINES, "", "a")
              .json()
              .at("/spec/components")
              .isEmpty();
        });
    assertThat(installed("a")).isEqualTo("1");
  }

  @Test
  @Tag("R-94")
  void aFailureSaysWhyAndHoldsTheOthersBackUntilTheVersionIsAnotherOne() throws Exception {
    HostComponents b = host("b");
    host("a");
    component("1", INSTALL);
    set("1", "  updateStrategy: {maxUnavailable: 2}");
    awaitProgress("Complete");
    component("2", "echo no such disk >&2; exit 7");
    merge("{\"version\":\"2\",\"updateStrategy\":{\"maxUnavailable\":1}}");
    awaitProgress("ComponentFailed: 0 of 2 hosts have 2; no other host gets it");
    assertThat(condition("Progressing")).contains("b: install ended with 7: no such disk");
    assertThat(condition("Ready")).contains("b: install ended with 7: no such disk");
    assertThat(b.troubles().orElseThrow().toString()).contains("tool 2: Failed, install ended");
    assertThat(installed("a")).isEqualTo("1");
    assertThat(
            site.client
                .get(FleetKinds.MACHINES, "", "b")
                .json()
                .at("/status/components")
                .toString())
        .contains("\"output\":\"no such disk\\n\"", "\"attempts\":1");
    eventually(
        "there are events",
        () ->
            site.client.list(EVENTS, "default", ListOptions.ALL).items().stream()
                    .filter(e -> e.json().path("reason").asText().equals("ComponentFailed"))
                    .map(e -> e.json().at("/involvedObject/kind").asText())
                    .distinct()
                    .count()
                == 2);
    merge("{\"version\":\"1\"}");
    awaitProgress("Complete: 2 of 2 hosts have 1");
    assertThat(installed("b")).isEqualTo("1");
  }

  @Test
  void whatIsLostIsInstalledAgain() throws Exception {
    host("a");
    component("1", INSTALL);
    set("1", "");
    awaitProgress("Complete");
    Files.delete(state("a"));
    eventually("it is there again", () -> installed("a").equals("1"));
    awaitProgress("Complete");
  }

  @Test
  @Tag("R-92")
  void ofTwoSetsTheOlderOneDecides() throws Exception {
    host("a");
    component("1", INSTALL);
    component("2", INSTALL);
    set("1", "");
    awaitProgress("Complete");
    create(
        FleetKinds.COMPONENT_SETS,
        """
        apiVersion: fleet.croft.io/v1alpha1
        kind: MachineComponentSet
        metadata: {name: zz}
        spec: {componentName: tool, version: "2"}
        """);
    eventually(
        "it says so",
        () ->
            site.client
                .get(FleetKinds.COMPONENT_SETS, "", "zz")
                .json()
                .path("status")
                .toString()
                .contains("a (tools)"));
    assertThat(installed("a")).isEqualTo("1");
    // The host does not lose it in between.
    site.client.delete(FleetKinds.COMPONENT_SETS, "", "tools", DeleteOptions.DEFAULT);
    eventually(
        "the other one takes over",
        () -> {
          hosts.forEach(HostComponents::wake);
          Thread.sleep(20);
          return installed("a").equals("2");
        });
  }

  @Test
  void aMalformedSelectorTakesNothingAway() throws Exception {
    host("a");
    component("1", INSTALL);
    set("1", "  selector: {matchLabels: {kubernetes.io/hostname: a}}");
    awaitProgress("Complete: 1 of 1");
    merge("{\"selector\":{\"matchLabels\":{\"no/good/key\":\"x\"}}}");
    awaitProgress("InvalidSelector");
    assertThat(
            site.client
                .get(FleetKinds.MACHINES, "", "a")
                .json()
                .at("/spec/components/0/version")
                .asText())
        .isEqualTo("1");
    merge("{\"version\":\"9\",\"selector\":{\"matchLabels\":null}}");
    awaitProgress("ComponentMissing: there is no MachineComponent tool-9");
    assertThat(installed("a")).isEqualTo("1");
  }

  private static String sha256(String text) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  @Tag("R-95")
  void whatComesFromElsewhereIsUsedOnlyWithItsDigestAndReadOnlyByWhomItIsFor() throws Exception {
    host("a");
    host("z");
    String install = "cat word > \"$STATE/$CROFT_NODE.installed\"";
    create(
        CONFIG_MAPS,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: texts, namespace: default}, data:"
            + " {install: 'exit 9'}}");
    create(
        SECRETS,
        "{apiVersion: v1, kind: Secret, metadata: {name: word, namespace: default}, stringData:"
            + " {word: sesame}}");
    create(
        FleetKinds.COMPONENTS,
        """
        apiVersion: fleet.croft.io/v1alpha1
        kind: MachineComponent
        metadata: {name: tool-1}
        spec:
          component: tool
          version: "1"
          env: [{name: STATE, value: %s}]
          install: {scriptFrom: {kind: ConfigMap, namespace: default, name: texts, key: install, sha256: %s}}
          check: {script: 'cmp word "$STATE/$CROFT_NODE.installed"'}
          files:
          - {name: word, contentFrom: {kind: Secret, namespace: default, name: word, key: word, sha256: %s}}
        """
            .formatted(directory, sha256(install), sha256("sesame")));
    set("1", "  selector: {matchLabels: {kubernetes.io/hostname: a}}");
    awaitProgress("ComponentFailed");
    assertThat(condition("Progressing")).contains("nothing was run");
    assertThatThrownBy(() -> as("z").get(SECRETS, "default", "word"))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("forbidden");
    assertThatThrownBy(() -> as("z").get(FleetKinds.COMPONENTS, "", "tool-1"))
        .isInstanceOf(StatusException.class);
    assertThat(as("a").get(SECRETS, "default", "word").name()).isEqualTo("word");
    assertThatThrownBy(() -> as("a").list(SECRETS, "default", ListOptions.ALL))
        .isInstanceOf(StatusException.class);

    // As meant, with the next attempt; a new agent makes it at once.
    ObjectNode patch = Json.object();
    patch.putObject("data").put("install", install);
    site.client.patch(CONFIG_MAPS, "default", "texts", PatchType.MERGE, Json.bytes(patch));
    hosts.forEach(HostComponents::close);
    agent("a");
    awaitProgress("Complete: 1 of 1");
    assertThat(installed("a")).isEqualTo("sesame");
  }

  @Test
  void badComponentsAndSetsAreRefusedWithTheField() {
    assertThatThrownBy(() -> component("1_0", INSTALL)).hasMessageContaining("spec.version");
    assertThatThrownBy(() -> set("1", "  updateStrategy: {maxUnavailable: 120%}"))
        .hasMessageContaining("maxUnavailable");
    assertThatThrownBy(() ->
            create(
                FleetKinds.COMPONENTS,
                """
                apiVersion: fleet.croft.io/v1alpha1
                kind: MachineComponent
                metadata: {name: other}
                spec: {component: tool, version: "1", install: {}, check: {script: 'true'}}
                """))
        .hasMessageContaining("exactly one of script and scriptFrom")
        .hasMessageContaining("metadata.name must be");
  }

  private void withFile(String version, String contentFrom) throws Exception {
    create(
        FleetKinds.COMPONENTS,
        """
        apiVersion: fleet.croft.io/v1alpha1
        kind: MachineComponent
        metadata: {name: tool-%1$s}
        spec:
          component: tool
          version: "%1$s"
          install: {script: 'true'}
          check: {script: 'true'}
          files: [{name: word, contentFrom: {%2$s}}]
        """
            .formatted(version, contentFrom));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://mirror.example/word",
        "file:///etc/passwd",
        "https://mirror.example",
        "https:///word",
        "https://me:secret@mirror.example/word",
        "https://me@mirror.example/word",
        "https://mirror.example/a word",
        "https://mirror.example/%2",
        "https://mirror.example/word#part",
        "https://mirror.example:port/word",
      })
  void aUrlThatIsNoneIsRefusedWithTheField(String url) {
    assertThatThrownBy(() -> withFile("1", "url: '%s', sha256: %s".formatted(url, DIGEST)))
        .hasMessageContaining("spec.files[0].contentFrom.url")
        .hasMessageContaining("must be http or https");
  }

  @Test
  void aFileHasOneSourceAndAlwaysADigest() throws Exception {
    String url = "url: 'https://mirror.example:8443/v1.34.1%2Bk3s1/word?a=b', ";
    String object = "kind: Secret, namespace: default, name: word, key: word, ";
    String digest = "sha256: " + DIGEST;
    withFile("1", url + digest);
    withFile("2", "url: 'http://[::1]/word', " + digest);
    withFile("3", object + digest);
    for (String wrong : List.of(url + object, url + "key: word, ", "kind: Secret, ", "")) {
      assertThatThrownBy(() -> withFile("4", wrong + digest))
          .hasMessageContaining("spec.files[0].contentFrom")
          .hasMessageContaining("either url, or all of kind, namespace, name and key");
    }
    assertThatThrownBy(() -> withFile("4", url))
        .hasMessageContaining("spec.files[0].contentFrom.sha256");
    assertThatThrownBy(
            () -> withFile("4", "url: 'https://a/%s', %s".formatted("a".repeat(1024), digest)))
        .hasMessageContaining("spec.files[0].contentFrom.url");
  }

  @Test
  void aHostSaysWhatItFetchesAndGivesItUpWhenItIsToldOtherwise() throws Exception {
    var closing = new CountDownLatch(1);
    var mirror = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    mirror.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 66_000_000);
          try (exchange) {
            while (!closing.await(20, TimeUnit.MILLISECONDS)) {
              exchange.getResponseBody().write('a');
              exchange.getResponseBody().flush();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    mirror.start();
    try {
      host("a");
      String from = "127.0.0.1:" + mirror.getAddress().getPort();
      withFile("1", "url: 'http://%s/word', sha256: %s".formatted(from, DIGEST));
      component("2", INSTALL);
      set("1", "");
      eventually(
          "the set says what the host does",
          () -> condition("Ready").endsWith("is being given 1, fetching word from " + from));
      merge("{\"version\":\"2\"}");
      awaitProgress("Complete: 1 of 1 hosts have 2");
      assertThat(directory.resolve("a/node/components/tool/downloads")).doesNotExist();
    } finally {
      closing.countDown();
      mirror.stop(0);
    }
  }

  @Test
  void aVersionIsNotChanged() throws Exception {
    component("1", INSTALL);
    assertThatThrownBy(() ->
            site.client.patch(
                FleetKinds.COMPONENTS,
                "",
                "tool-1",
                PatchType.MERGE,
                "{\"spec\":{\"install\":{\"script\":\"reboot\"}}}"
                    .getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("a version is not changed");
  }
}
