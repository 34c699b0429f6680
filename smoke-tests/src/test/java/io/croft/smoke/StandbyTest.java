package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An appliance, a server that keeps a copy of it, and a host; then the appliance dies.
@Tag("M9")
@Tag("P13")
class StandbyTest {
  @TempDir private Path directory;

  private Path data(Network.Host host) {
    return directory.resolve(host.name());
  }

  private Command.Output ask(Network.Host host, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data-dir", data(host).toString()));
    return host.croft(all.toArray(String[]::new)).run();
  }

  private Command.Output join(Network.Host host, Network.Host appliance, String role)
      throws Exception {
    String token = ask(appliance, "token", "create", "--role", role).succeeded().text();
    Path file = Files.writeString(Files.createTempFile(directory, "token", ""), token);
    String url = "https://" + appliance.address() + ":" + Network.PORT;
    return ask(
            host, "join", url, "--token-file", file.toString(), "--name", host.name(), "--detach")
        .succeeded();
  }

  /// As a power cut would.
  private void kill(Network.Host host) throws Exception {
    String pid = Files.readString(data(host).resolve("croft.pid")).split(" ")[0];
    ProcessHandle process = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    process.destroyForcibly();
    process.onExit().join();
  }

  private Command.Output kubectl(Network.Host host, String... arguments) {
    var line =
        new ArrayList<>(
            List.of(
                Distribution.peer("kubectl"),
                "--kubeconfig",
                data(host).resolve("admin.kubeconfig").toString()));
    line.addAll(List.of(arguments));
    return host.command(line).with("HOME", directory.toString()).run();
  }

  private String status(Network.Host appliance, Network.Host host) {
    return ask(appliance, "node", "list")
        .succeeded()
        .out()
        .lines()
        .filter(line -> line.startsWith(host.name() + " "))
        .map(line -> line.split(" +")[1])
        .findFirst()
        .orElse("none");
  }

  /// Whether something is in what was copied of the changes.
  private boolean hasCopied(Network.Host standby, String text) throws Exception {
    try (Stream<Path> files = Files.list(data(standby).resolve("copy"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".changes")).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void aServerTakesTheAppliancesPlace() throws Exception {
    Optional<String> missing = Network.missing();
    Assumptions.assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    try (var network = new Network()) {
      Network.Host first = network.host("first", 1);
      Network.Host standby = network.host("standby", 2);
      Network.Host worker = network.host("worker", 3);
      try {
        keepACopy(first, standby);
        join(worker, first, "agent");
        loseTheAppliance(first, standby);
        goOn(first, standby, worker);
      } finally {
        List.of(worker, standby, first).forEach(host -> ask(host, "down"));
      }
    }
  }

  /// Joining alone gives nothing away.
  private void keepACopy(Network.Host first, Network.Host standby) throws Exception {
    ask(first, "up", "--detach").succeeded();
    assertThat(join(standby, first, "server").err())
        .contains("croft node approve --server standby");
    eventually("it is not approved", () -> status(first, standby).equals("Ready,CopyNotCurrent"));
    assertThat(data(standby).resolve("copy/keys.json")).doesNotExist();
    assertThat(data(standby).resolve("copy/snapshot.part")).doesNotExist();
    assertThat(Files.readString(data(first).resolve("logs/audit.log")))
        .contains("has not been approved to keep a copy");
    assertThat(ask(first, "node", "approve", "standby").exited(2).err()).contains("--server");
    assertThat(ask(first, "node", "approve", "--server", "standby").succeeded().out())
        .contains("may keep a copy");
    eventually("the copy is current", () -> status(first, standby).equals("Ready"));
    assertThat(Files.readString(data(first).resolve("logs/audit.log")))
        .contains("\"fleet.croft.io/copy\":\"keys given to the key ");
  }

  private void loseTheAppliance(Network.Host first, Network.Host standby) throws Exception {
    kubectl(first, "create", "secret", "generic", "kept", "--from-literal=word=sesame").succeeded();
    kubectl(first, "create", "configmap", "last-thing", "--from-literal=a=b").succeeded();
    eventually("it is copied", () -> hasCopied(standby, "last-thing"));
    assertThat(hasCopied(standby, "sesame")).as("Secrets are sealed").isFalse();
    assertThat(ask(standby, "up", "--detach").succeeded().err()).contains("croft promote");
    assertThat(ask(standby, "status").succeeded().out())
        .contains("is the agent of node standby, with a copy of the appliance as of ");

    ask(standby, "down").succeeded();
    assertThat(ask(standby, "promote").exited(4).err()).contains("still serves");
    ask(standby, "join", "--detach").succeeded();
    kubectl(first, "create", "configmap", "very-last-thing", "--from-literal=a=b").succeeded();
    eventually("it is copied", () -> hasCopied(standby, "very-last-thing"));

    kill(first);
    ask(standby, "down").succeeded();
    assertThat(ask(standby, "promote").succeeded().out()).contains("this host is the appliance");
    assertThat(ask(standby, "promote").exited(2).err()).contains("an appliance's already");
    ask(standby, "up", "--detach").succeeded();
  }

  private void goOn(Network.Host first, Network.Host standby, Network.Host worker)
      throws Exception {
    kubectl(standby, "get", "configmap", "last-thing", "very-last-thing").succeeded();
    assertThat(
            kubectl(standby, "get", "secret", "kept", "-o", "jsonpath={.data.word}")
                .succeeded()
                .text())
        .isEqualTo("c2VzYW1l");
    kubectl(standby, "create", "configmap", "new", "--from-literal=a=b").succeeded();
    assertThat(data(standby).resolve("copy")).doesNotExist();

    eventually(
        "the other host has found it",
        () -> kubectl(standby, "get", "--raw", "/api/v1/nodes/worker/proxy/healthz").exit() == 0);
    eventually("it is ready", () -> status(standby, worker).equals("Ready"));

    String replaced = standby.address() + ":8443 has taken this appliance's place";
    assertThat(ask(first, "up", "--detach", "--listen", "0.0.0.0:9443").exited(4).err())
        .as("at another port than the hosts know")
        .contains(replaced);
    assertThat(ask(first, "status").exited(3).err()).contains("has taken its place");
    // What is left of the other one can be had, but only on purpose, and not beside it.
    ask(standby, "down").succeeded();
    assertThat(ask(first, "up", "--detach").exited(4).err()).contains(replaced);
    Files.delete(data(first).resolve("replaced"));
    ask(first, "up", "--detach").succeeded();
    assertThat(kubectl(first, "get", "configmap", "new").exit()).isNotZero();
    assertThat(ask(standby, "up", "--detach").exited(4).err())
        .contains(first.address() + ":8443 still serves");
  }
}
