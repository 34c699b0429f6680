package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A host behind a firewall that runs containers for the appliance: with the program that
/// `CROFT_K3S` names, which comes to the host as a machine component, and the archives of images in
/// the directory that `CROFT_K3S_IMAGES` names, one of which is `CROFT_K3S_IMAGE`.
@Tag("G17")
@Tag("M5")
class K3sHostTest {
  @TempDir private Path directory;
  private final List<Network.Host> running = new ArrayList<>();
  private String program = "";
  private Network network;
  private Network.Host server;
  private Network.Host host;

  private static Optional<String> variable(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(text -> !text.isEmpty());
  }

  @BeforeEach
  void build() throws Exception {
    Optional<String> named = variable("CROFT_K3S");
    Assumptions.assumeTrue(named.isPresent(), "CROFT_K3S names no k3s");
    Optional<String> missing = Network.missing();
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    program = named.orElseThrow();
    network = new Network();
    server = network.host("server", 1);
    host = network.host("host", 2);
    network.firewall(server);
    configure(server, "engine: k3s\nk3s: " + program + "\nk3s-agent: off\n");
    configure(host, "k3s-agent: on\n");
    running.add(server);
    ask(server, "up", "--detach", "--listen", "0.0.0.0:" + Network.PORT).succeeded();
    Path token = directory.resolve("token");
    Files.writeString(token, ask(server, "token", "create", "--role", "agent").succeeded().text());
    running.add(host);
    ask(
            host,
            "join",
            "https://" + server.address() + ":" + Network.PORT,
            "--token-file",
            token.toString(),
            "--name",
            "host",
            "--detach")
        .succeeded();
  }

  @AfterEach
  void end() throws Exception {
    running.reversed().forEach(one -> ask(one, "down"));
    if (running.contains(host)) { // containers live on
      in(
              host,
              List.of(
                  Distribution.home().resolve("remove-k3s.sh").toString(),
                  "--data-dir",
                  data(host).toString()))
          .run();
    }
    if (network != null) {
      network.close();
    }
  }

  private Path data(Network.Host of) {
    return directory.resolve(of.name());
  }

  private void configure(Network.Host of, String text) throws IOException {
    Files.writeString(Files.createDirectories(data(of)).resolve("config.yaml"), text);
  }

  private Command.Output ask(Network.Host of, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data-dir", data(of).toString()));
    return in(of, Distribution.croft(all.toArray(String[]::new)).line()).run();
  }

  /// Unlike `ip netns exec`, with this machine's `/sys`, where the kubelet finds control groups.
  private static Command in(Network.Host of, List<String> line) {
    var all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + of.namespace()));
    all.addAll(line);
    return new Command(List.copyOf(all), Map.of(), "");
  }

  private Command kubectl(String... arguments) {
    var line =
        new ArrayList<>(
            List.of(
                Distribution.peer("kubectl"), "--kubeconfig", data(server) + "/admin.kubeconfig"));
    line.addAll(List.of(arguments));
    return server.command(line).with("HOME", directory.toString());
  }

  private String text(String... arguments) {
    return kubectl(arguments).run().succeeded().text();
  }

  private void apply(String manifest) throws IOException {
    Path file = Files.writeString(Files.createTempFile(directory, "manifest", ".yaml"), manifest);
    text("apply", "-f", file.toString());
  }

  /// From files of this machine; elsewhere they would come from URLs.
  private void provide(String version, String program) throws IOException {
    Files.createDirectories(directory.resolve("none"));
    apply(
        """
        apiVersion: fleet.croft.io/v1alpha1
        kind: MachineComponent
        metadata: {name: k3s-%1$s}
        spec:
          component: k3s
          version: "%1$s"
          install:
            script: |
              #!/bin/sh -e
              mkdir -p "${CROFT_K3S%%/*}/agent/images"
              for image in %2$s/*; do test ! -f "$image" || cp "$image" "${CROFT_K3S%%/*}/agent/images"; done
              install -m 755 %3$s "$CROFT_K3S.part" && mv "$CROFT_K3S.part" "$CROFT_K3S"
          check:
            timeoutSeconds: 200
            script: |
              #!/bin/sh
              cmp -s %3$s "$CROFT_K3S" || exit 1
              want=$(sha256sum < %3$s | cut -d' ' -f1)
              for i in $(seq 90); do [ "$(cat "${CROFT_K3S%%/*}/running" 2>/dev/null)" = "$want" ] && exit; sleep 2; done
              exit 1
          remove: {script: 'rm -f "$CROFT_K3S"'}
        ---
        apiVersion: fleet.croft.io/v1alpha1
        kind: MachineComponentSet
        metadata: {name: k3s}
        spec: {componentName: k3s, version: "%1$s"}
        """
            .formatted(version, variable("CROFT_K3S_IMAGES").orElse(directory + "/none"), program));
  }

  private JsonNode node() throws IOException {
    return new ObjectMapper().readTree(text("get", "node", "host", "-o", "json"));
  }

  private static JsonNode condition(JsonNode node, String type) {
    for (JsonNode condition : node.at("/status/conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition;
      }
    }
    return new ObjectMapper().createObjectNode();
  }

  /// A kubelet keeps the node.
  private boolean isKept() throws IOException {
    JsonNode ready = condition(node(), "Ready");
    return ready.path("reason").asText().equals("KubeletReady")
        && ready.path("status").asText().equals("True");
  }

  @Test
  void runsContainersOnAHostThatHasJoined() throws Exception {
    JsonNode before = node();
    assertThat(before.at("/status/nodeInfo/kubeletVersion").asText()).startsWith("croft-");
    assertThat(before.at("/status/capacity/pods").asText()).isEqualTo("0");

    provide("1", program);
    eventually("a kubelet keeps the node", this::isKept);
    JsonNode kept = node();
    assertThat(kept.path("metadata").path("uid")).isEqualTo(before.path("metadata").path("uid"));
    assertThat(kept.at("/status/nodeInfo/kubeletVersion").asText()).startsWith("v1.");
    assertThat(kept.at("/status/capacity/pods").asInt()).isPositive();
    eventually(
        "the host still tells how its components are",
        () ->
            condition(node(), "fleet.croft.io/ComponentsReady")
                    .path("status")
                    .asText()
                    .equals("True")
                && isKept());

    nobodyGotWhatIsGoodForAll();
    runsAPod();
    staysWhatItWas();
    takesTheNextRelease();

    text("delete", "machinecomponentset", "k3s");
    eventually(
        "the agent keeps the node again",
        () ->
            node().at("/status/nodeInfo/kubeletVersion").asText().startsWith("croft-")
                && condition(node(), "Ready").path("reason").asText().equals("AgentReady"));
    assertThat(data(host).resolve("run/k3s.pid")).doesNotExist();
  }

  /// k3s' own token stays where it is; what the host has is good for it alone.
  private void nobodyGotWhatIsGoodForAll() throws Exception {
    String secret = Files.readString(data(server).resolve("k3s/token")).strip();
    String token = Files.readString(data(host).resolve("k3s/agent-token")).strip();
    assertThat(token).matches("K10[0-9a-f]{64}::node:host\\.\\d+\\..*").doesNotContain(secret);
    String pid = Files.readString(data(host).resolve("run/k3s.pid")).split(" ")[0];
    String line = Files.readString(Path.of("/proc", pid, "cmdline"));
    assertThat(line).contains("agent").doesNotContain(token);

    // Neither for the rest of the API, nor does a kubelet read what is not its node's business.
    String cert = data(host) + "/k3s/agent/client-kubelet.crt";
    String key = data(host) + "/k3s/agent/client-kubelet.key";
    text("create", "secret", "generic", "other", "--from-literal=a=b");
    Command.Output refused =
        host.command(
                List.of(
                    "curl",
                    "-sk",
                    "--cert",
                    cert,
                    "--key",
                    key,
                    "https://%s:%d/api/v1/namespaces/default/secrets/other"
                        .formatted(server.address(), Network.PORT)))
            .run();
    assertThat(refused.out()).contains("Forbidden").doesNotContain("Yg==");
  }

  private void runsAPod() throws Exception {
    Optional<String> image = variable("CROFT_K3S_IMAGE");
    if (image.isEmpty()) {
      return;
    }
    apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          containers:
          - name: web
            image: %s
            imagePullPolicy: Never
            command: [sh, -c, "echo hello from $HOSTNAME; mkdir -p /www; echo served > /www/index.html; exec httpd -f -p 8080 -h /www"]
        """
            .formatted(image.get()));
    eventually(
        "the pod runs",
        () -> text("get", "pod", "web", "-o", "jsonpath={.status.phase}").equals("Running"));
    assertThat(text("get", "pod", "web", "-o", "jsonpath={.spec.nodeName}")).isEqualTo("host");
    eventually("it has said something", () -> text("logs", "web").equals("hello from web"));
    assertThat(text("exec", "web", "--", "cat", "/www/index.html")).isEqualTo("served");
    assertThat(kubectl("exec", "web", "--", "sh", "-c", "exit 3").run().exit()).isEqualTo(3);

    Path said = directory.resolve("forward");
    Process forward =
        new ProcessBuilder(kubectl("port-forward", "pod/web", "18080:8080").line())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      eventually("it listens", () -> Files.readString(said).contains("Forwarding"));
      assertThat(
              server
                  .command(List.of("curl", "-s", "http://127.0.0.1:18080/index.html"))
                  .run()
                  .succeeded()
                  .text())
          .isEqualTo("served");
    } finally {
      forward.destroy();
    }
    text("delete", "pod", "web", "--grace-period=1");
  }

  /// What keeps the node when k3s or the agent is killed, and begins again.
  private void staysWhatItWas() throws Exception {
    long pid = pid("run/k3s.pid");
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    eventually(
        "k3s runs again",
        () -> Files.exists(data(host).resolve("run/k3s.pid")) && pid("run/k3s.pid") != pid);
    long agent = pid("croft.pid");
    ProcessHandle process = ProcessHandle.of(agent).orElseThrow();
    process.destroyForcibly();
    process.onExit().join();
    ask(host, "join", "--detach").succeeded();
    eventually("a kubelet keeps the node again", this::isKept);
  }

  private void takesTheNextRelease() throws Exception {
    Optional<String> next = variable("CROFT_K3S_NEXT");
    if (next.isEmpty()) {
      return;
    }
    long before = pid("run/k3s.pid");
    provide("2", next.get());
    eventually(
        "the set has the other version",
        () ->
            text("get", "machinecomponentset", "k3s", "-o", "jsonpath={.status.currentVersion}")
                .equals("2"));
    eventually(
        "it runs",
        () -> Files.exists(data(host).resolve("run/k3s.pid")) && pid("run/k3s.pid") != before);
    eventually("a kubelet keeps the node", this::isKept);
    assertThat(Files.readString(data(host).resolve("logs/croft.log")))
        .contains("Starting k3s version=\"%s\"".formatted(version(next.get())));
  }

  private static String version(String program) {
    return Command.of(program, "--version").run().succeeded().text().split(" ")[2];
  }

  private long pid(String file) throws IOException {
    return Long.parseLong(Files.readString(data(host).resolve(file)).split(" ")[0]);
  }
}
