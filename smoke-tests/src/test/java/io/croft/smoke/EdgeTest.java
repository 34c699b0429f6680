package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An edge in a network of its own, from which nothing but the center's one port is reached, and
/// into which nothing leads.
@Tag("S4")
@Tag("M7")
@Tag("P13")
class EdgeTest {
  private static final int EDGE_PORT = 9443;

  @TempDir private Path directory;
  private final ObjectMapper mapper = new ObjectMapper();
  private final List<Network.Host> running = new ArrayList<>();

  private String data(Network.Host host) {
    return directory.resolve(host.name()).toString();
  }

  private Command.Output ask(Network.Host host, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data-dir", data(host)));
    return host.croft(all.toArray(String[]::new)).run();
  }

  private Command.Output join(Network.Host edge, Network.Host center) throws Exception {
    String token = ask(center, "token", "create", "--role", "edge").succeeded().text();
    Path file = Files.writeString(Files.createTempFile(directory, "token", ""), token);
    String url = "https://" + center.address() + ":" + Network.PORT;
    return ask(
        edge, "join", url, "--token-file", file.toString(), "--name", edge.name(), "--detach");
  }

  /// As a power cut would.
  private void kill(Network.Host host) throws Exception {
    String pid = Files.readString(Path.of(data(host), "croft.pid")).split(" ")[0];
    ProcessHandle process = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    process.destroyForcibly();
    process.onExit().join();
  }

  /// As the administrator of one of the two, on its own host.
  private Command.Output kubectl(Network.Host host, String... arguments) {
    var line =
        new ArrayList<>(
            List.of(
                Distribution.peer("kubectl"), "--kubeconfig", data(host) + "/admin.kubeconfig"));
    line.addAll(List.of(arguments));
    return host.command(line).with("HOME", directory.toString()).run();
  }

  private String condition(Network.Host center, Network.Host edge, String type) {
    return kubectl(
            center,
            "get",
            "node",
            edge.name(),
            "-o",
            "jsonpath={.status.conditions[?(@.type==\"%s\")].status}".formatted(type))
        .text();
  }

  private void awaitReady(Network.Host center, Network.Host edge) throws Exception {
    eventually(
        "both the host and its control plane are ready",
        () ->
            condition(center, edge, "Ready").equals("True")
                && condition(center, edge, "fleet.croft.io/ControlPlaneReady").equals("True"));
    eventually(
        "the center reaches the edge",
        () ->
            kubectl(center, "get", "--raw", "/api/v1/nodes/" + edge.name() + "/proxy/healthz")
                    .exit()
                == 0);
  }

  private JsonNode membership(Network.Host edge) throws Exception {
    return mapper.readTree(ask(edge, "status", "-o", "json").succeeded().out()).path("membership");
  }

  private void requireServing(Network.Host edge) {
    assertThat(
            kubectl(edge, "get", "configmap", "own", "-o", "jsonpath={.data.kept}")
                .succeeded()
                .text())
        .isEqualTo("yes");
  }

  @Test
  void anEdgeServesWhateverBecomesOfTheCenter() throws Exception {
    Optional<String> missing = Network.missing();
    Assumptions.assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    try (var network = new Network()) {
      Network.Host center = network.host("center", 1);
      Network.Host edge = network.host("edge", 2);
      network.firewall(center);
      running.addAll(List.of(center, edge));
      try {
        becomeEdge(center, edge);
        outliveTheCenter(center, edge);
        outliveTheMembership(center, edge);
      } finally {
        running.forEach(host -> ask(host, "down"));
      }
    }
  }

  /// An appliance that is there already, with what it has and its own settings.
  private void becomeEdge(Network.Host center, Network.Host edge) throws Exception {
    ask(center, "up", "--detach").succeeded();
    Files.createDirectories(Path.of(data(edge)));
    Files.writeString(Path.of(data(edge), "config.yaml"), "listen: 127.0.0.1:" + EDGE_PORT + "\n");
    ask(edge, "up", "--detach").succeeded();
    kubectl(edge, "create", "configmap", "own", "--from-literal=kept=yes").succeeded();
    assertThat(join(edge, center).exited(2).err()).contains("stop it before: croft down");
    ask(edge, "down").succeeded();

    assertThat(join(edge, center).succeeded().out())
        .contains("https://127.0.0.1:" + EDGE_PORT, "node edge is known");
    awaitReady(center, edge);
    requireServing(edge);
    assertThat(ask(center, "node", "list").succeeded().out())
        .containsPattern("edge +Ready +edge +10\\.91\\.2\\.2");
    assertThat(ask(edge, "status").succeeded().out())
        .contains("member of https://10.91.1.2:8443 as node edge since ", "; reached");
    assertThat(kubectl(edge, "get", "nodes").succeeded().text())
        .isEmpty(); // it is no node of itself

    // Whoever may do everything at the center is nobody here.
    var stranger =
        List.of(
            Distribution.peer("kubectl"),
            "--kubeconfig",
            data(center) + "/admin.kubeconfig",
            "--server",
            "https://127.0.0.1:" + EDGE_PORT,
            "--insecure-skip-tls-verify",
            "get",
            "configmaps");
    assertThat(edge.command(stranger).with("HOME", directory.toString()).run().exit()).isNotZero();
  }

  private void outliveTheCenter(Network.Host center, Network.Host edge) throws Exception {
    kill(center);
    kill(edge);
    ask(edge, "up", "--detach").succeeded();
    requireServing(edge);
    assertThat(membership(edge).path("reached").asBoolean()).isFalse();
    assertThat(ask(edge, "status").succeeded().out()).contains("; not reached since ");

    ask(center, "up", "--detach").succeeded();
    eventually("the center is reached", () -> membership(edge).path("reached").asBoolean());
    awaitReady(center, edge);
  }

  private void outliveTheMembership(Network.Host center, Network.Host edge) throws Exception {
    ask(center, "node", "remove", edge.name()).succeeded();
    eventually("the edge knows it", () -> membership(edge).has("ended"));
    requireServing(edge);
    assertThat(ask(edge, "status").succeeded().out())
        .contains("no member of https://10.91.1.2:8443 as node edge any more since ")
        .contains("UnknownMachine");
    assertThat(Files.readString(Path.of(data(edge), "logs/croft.log")))
        .contains("this edge is no member of the site any more");
    assertThat(Files.readString(Path.of(data(edge), "node/node.json"))).contains("\"ended\"");

    assertThat(join(edge, center).exited(2).err()).contains("stop it before: croft down");
    ask(edge, "down").succeeded();
    ask(edge, "join", "--detach").succeeded(); // as croft up
    requireServing(edge);
    assertThat(membership(edge).has("ended")).isTrue();

    ask(edge, "down").succeeded();
    assertThat(join(edge, center).succeeded().err()).contains("does not let node edge in any more");
    awaitReady(center, edge);
    assertThat(membership(edge).has("ended")).isFalse();
    requireServing(edge);
  }
}
