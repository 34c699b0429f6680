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

/// Three hosts with networks of their own, behind a router that lets through one port of one host.
/// `-Dcroft.nodes.trouble=600` has a bad network for ten minutes, and hosts that vanish.
@Tag("S3")
@Tag("M7")
@Tag("M9")
class NodeNetworkTest {
  private static final int TROUBLE_SECONDS = Integer.getInteger("croft.nodes.trouble", 0);

  @TempDir private Path directory;
  private final List<Network.Host> running = new ArrayList<>();

  private void end() {
    running.reversed().forEach(host -> ask(host, "down"));
    running.clear();
  }

  private String data(Network.Host host) {
    return directory.resolve(host.name()).toString();
  }

  private Command.Output ask(Network.Host host, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data-dir", data(host)));
    return host.croft(all.toArray(String[]::new)).run();
  }

  private void up(Network.Host host) {
    running.add(host);
    ask(host, "up", "--detach", "--listen", "0.0.0.0:" + Network.PORT).succeeded();
  }

  private String token(Network.Host server) {
    return ask(server, "token", "create", "--role", "agent").succeeded().text();
  }

  private String url(Network.Host server) {
    return "https://" + server.address() + ":" + Network.PORT;
  }

  private Path file(String token) throws Exception {
    return Files.writeString(Files.createTempFile(directory, "token", ""), token);
  }

  private void join(Network.Host host, Network.Host server) throws Exception {
    Path token = file(token(server));
    running.add(host);
    ask(
            host,
            "join",
            url(server),
            "--token-file",
            token.toString(),
            "--name",
            host.name(),
            "--detach")
        .succeeded();
  }

  /// As a power cut would.
  private void kill(Network.Host host) throws Exception {
    String pid = Files.readString(Path.of(data(host), "croft.pid")).split(" ")[0];
    ProcessHandle process = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    process.destroyForcibly();
    process.onExit().join();
  }

  private Command.Output kubectl(Network.Host server, String... arguments) {
    var line =
        new ArrayList<>(
            List.of(
                Distribution.peer("kubectl"), "--kubeconfig", data(server) + "/admin.kubeconfig"));
    line.addAll(List.of(arguments));
    return server.command(line).with("HOME", directory.toString()).run();
  }

  private Optional<JsonNode> node(Network.Host server, Network.Host host) throws Exception {
    var nodes = new ObjectMapper().readTree(kubectl(server, "get", "nodes", "-o", "json").out());
    for (JsonNode node : nodes.path("items")) {
      if (node.at("/metadata/name").asText().equals(host.name())) {
        return Optional.of(node);
      }
    }
    return Optional.empty();
  }

  private String ready(Network.Host server, Network.Host host) throws Exception {
    return condition(node(server, host)).map(c -> c.path("status").asText()).orElse("none");
  }

  private static Optional<JsonNode> condition(Optional<JsonNode> node) {
    for (JsonNode condition : node.map(n -> n.at("/status/conditions")).orElseThrow()) {
      if (condition.path("type").asText().equals("Ready")) {
        return Optional.of(condition);
      }
    }
    return Optional.empty();
  }

  private void awaitReady(Network.Host server, Network.Host host, String status) throws Exception {
    eventually(
        host.name() + " is " + status,
        () -> node(server, host).isPresent() && ready(server, host).equals(status));
  }

  @Test
  void hostsBehindAFirewallJoinAndOutliveABadNetwork() throws Exception {
    Optional<String> missing = Network.missing();
    Assumptions.assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    try (var network = new Network()) {
      Network.Host server = network.host("server", 1);
      Network.Host a = network.host("a", 2);
      Network.Host b = network.host("b", 3);
      network.firewall(server);
      try {
        up(server);
        join(a, server);
        join(b, server);
        awaitReady(server, a, "True");
        awaitReady(server, b, "True");
        assertThat(address(server, a)).isEqualTo(a.address());
        eventually("the server reaches what it cannot connect to", () -> answers(server, a));

        if (TROUBLE_SECONDS > 0) {
          outliveABadNetwork(network, server, a);
          vanish(network, server, a, b);
        }

        // Another address, as after a move to another desk.
        a.move("10.91.2.77");
        long movedNanos = System.nanoTime();
        eventually("the new address is known", () -> address(server, a).equals("10.91.2.77"));
        assertThat(ready(server, a)).isEqualTo("True");
        tell("its new address is known", movedNanos);
        eventually("it is reached again", () -> answers(server, a));
        tell("it is reached again", movedNanos);
      } finally {
        end();
      }
    }
  }

  /// How long it takes is for people to see; a machine with much to do takes longer.
  private static void tell(String what, long sinceNanos) {
    System.out.printf("%s after %d s%n", what, (System.nanoTime() - sinceNanos) / 1_000_000_000);
  }

  private void outliveABadNetwork(Network network, Network.Host server, Network.Host a)
      throws Exception {
    // Nearly a third of all packets is lost: nobody flaps.
    String since = condition(node(server, a)).orElseThrow().path("lastTransitionTime").asText();
    network.firewall(server, "numgen random mod 100 < 30 drop");
    long end = System.nanoTime() + TROUBLE_SECONDS * 1_000_000_000L;
    while (System.nanoTime() < end) {
      assertThat(ready(server, a)).isEqualTo("True");
      Thread.sleep(1000);
    }
    network.firewall(server);
    assertThat(condition(node(server, a)).orElseThrow().path("lastTransitionTime").asText())
        .isEqualTo(since);
  }

  private void vanish(Network network, Network.Host server, Network.Host a, Network.Host b)
      throws Exception {
    // One vanishes, the other one is cut off: both are told apart from those that live.
    kill(b);
    network.firewall(server, "iifname \"%s\" drop".formatted(a.link()));
    awaitReady(server, b, "Unknown");
    awaitReady(server, a, "Unknown");
    assertThat(node(server, a).orElseThrow().at("/spec/taints").toString())
        .contains("node.kubernetes.io/unreachable");
    network.firewall(server);
    ask(b, "join", "--detach").succeeded();
    awaitReady(server, a, "True");
    awaitReady(server, b, "True");
  }

  private String address(Network.Host server, Network.Host host) throws Exception {
    for (JsonNode address : node(server, host).orElseThrow().at("/status/addresses")) {
      if (address.path("type").asText().equals("InternalIP")) {
        return address.path("address").asText();
      }
    }
    return "";
  }

  /// Whether the server gets an answer of the host's agent, by the connection that the host opened.
  private boolean answers(Network.Host server, Network.Host host) {
    return kubectl(server, "get", "--raw", "/api/v1/nodes/" + host.name() + "/proxy/healthz").exit()
        == 0;
  }

  @Test
  void aManInTheMiddleIsToldNothing() throws Exception {
    Optional<String> missing = Network.missing();
    Assumptions.assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    try (var network = new Network()) {
      Network.Host server = network.host("server", 1);
      Network.Host attacker = network.host("attacker", 2);
      Network.Host victim = network.host("victim", 3);
      network.firewall(
          server,
          "ip daddr %s accept".formatted(attacker.address()),
          "ip saddr %s accept".formatted(attacker.address()));
      try {
        up(server);
        up(attacker);
        network.redirect(victim, server, attacker);
        Path token = file(token(server));
        Command.Output joined =
            ask(victim, "join", url(server), "--token-file", token.toString(), "--name", "victim");
        assertThat(joined.exited(4).err())
            .contains("not the appliance that the token is for", "Nothing was sent");
        assertThat(Files.readString(Path.of(data(attacker), "logs/audit.log")))
            .contains("/fleet/v1/authorities")
            .doesNotContain("/fleet/v1/challenge")
            .doesNotContain("/fleet/v1/join");
      } finally {
        end();
      }
    }
  }
}
