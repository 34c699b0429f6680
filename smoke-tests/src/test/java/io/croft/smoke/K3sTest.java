package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The engine k3s, with the program that `CROFT_K3S` names; without containers.
@Tag("M5")
class K3sTest {
  /// In the name of which kind of objects something would be missing, if anything.
  private static final String KINDS =
      "namespaces,configmaps,secrets,serviceaccounts,deployments,services,clusterroles,"
          + "clusterrolebindings,customresourcedefinitions";

  private static String k3s() {
    String program = System.getenv().getOrDefault("CROFT_K3S", "");
    Assumptions.assumeFalse(program.isEmpty(), "CROFT_K3S names no k3s");
    return program;
  }

  /// Two ports in a row that were free a moment ago.
  private static int freePorts() {
    while (true) {
      int port = Distribution.freePort();
      try (var _ = new ServerSocket(port + 1)) {
        return port;
      } catch (IOException e) {
        // another pair
      }
    }
  }

  private static void configure(Appliance appliance, String engine, String program, int port)
      throws IOException {
    Files.createDirectories(appliance.dataDirectory());
    Files.writeString(
        appliance.dataDirectory().resolve("config.yaml"),
        "engine: %s\nk3s: %s\nk3s-port: %d\nk3s-agent: off\n".formatted(engine, program, port));
  }

  private static JsonNode component(Appliance appliance, String name) throws Exception {
    try (Api api = appliance.api()) {
      return api.get("/apis/appliance.croft.io/v1alpha1/appliancecomponents/" + name)
          .json()
          .path("status");
    }
  }

  private static SortedSet<String> objects(Kubectl kubectl) {
    return new TreeSet<>(List.of(kubectl.text("get", KINDS, "-A", "-o", "name").split("\n")));
  }

  private static long pid(Appliance appliance) throws IOException {
    String text = Files.readString(appliance.dataDirectory().resolve("run/k3s.pid"));
    return Long.parseLong(text.substring(0, text.indexOf(' ')));
  }

  @Test
  void keepsEveryObjectWhenTheEngineChanges() throws Exception {
    String program = k3s();
    int port = freePorts();
    try (var appliance = new Appliance()) {
      configure(appliance, "embedded", program, port);
      appliance.start();
      var kubectl = new Kubectl(appliance);
      appliance.identity();
      kubectl.text("create", "namespace", "garden");
      kubectl.text("create", "configmap", "herbs", "--from-literal=a=b", "-n", "garden");
      kubectl.text("create", "secret", "generic", "key", "--from-literal=a=b", "-n", "garden");
      kubectl.text("create", "deployment", "web", "--image=web", "-n", "garden");
      kubectl.text("create", "service", "clusterip", "web", "--tcp=80", "-n", "garden");
      kubectl.text("create", "serviceaccount", "bob", "-n", "garden");
      String token = kubectl.text("create", "token", "bob", "-n", "garden");
      SortedSet<String> before = objects(kubectl);
      String address =
          kubectl.text("get", "service", "web", "-n", "garden", "-o", "jsonpath={.spec.clusterIP}");
      appliance.terminate();

      configure(appliance, "k3s", program, port);
      appliance.start();

      assertThat(objects(kubectl)).containsAll(before);
      assertThat(kubectl.text("get", "secret", "key", "-n", "garden", "-o", "jsonpath={.data.a}"))
          .isEqualTo("Yg==");
      assertThat(
              kubectl.text(
                  "get", "service", "web", "-n", "garden", "-o", "jsonpath={.spec.clusterIP}"))
          .isEqualTo(address);
      assertThat(
              kubectl.text(
                  "auth",
                  "whoami",
                  "--token=" + token,
                  "-o",
                  "name",
                  "--kubeconfig",
                  anonymous(appliance)))
          .isNotEmpty();
      try (var snapshots = Files.list(appliance.dataDirectory().resolve("snapshots"))) {
        assertThat(snapshots.map(s -> s.getFileName().toString()))
            .anyMatch(name -> name.startsWith("before-k3s-"));
      }
      kubectl.text("create", "configmap", "later", "--from-literal=a=b", "-n", "garden");
      kubectl.text("create", "secret", "generic", "later", "--from-literal=a=c", "-n", "garden");
      SortedSet<String> during = objects(kubectl);
      appliance.terminate();

      configure(appliance, "embedded", program, port);
      appliance.start();

      assertThat(objects(kubectl)).containsAll(during);
      assertThat(kubectl.text("get", "secret", "later", "-n", "garden", "-o", "jsonpath={.data.a}"))
          .isEqualTo("Yw==");
    }
  }

  /// A kubeconfig with nothing but the server.
  private static String anonymous(Appliance appliance) throws IOException {
    Path file = appliance.directory().resolve("anonymous");
    String text = Files.readString(appliance.kubeconfig());
    return Files.writeString(file, text.replaceAll("(?m)^.*client-(certificate|key)-data:.*\n", ""))
        .toString();
  }

  @Test
  void servesKubectlThroughTheGateway() throws Exception {
    String program = k3s();
    try (var appliance = new Appliance()) {
      configure(appliance, "k3s", program, freePorts());
      appliance.start();
      appliance.identity();
      var kubectl = new Kubectl(appliance);

      assertThat(kubectl.text("get", "namespaces", "-o", "name")).contains("namespace/default");
      assertThat(
              kubectl.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {b: c}}"))
          .contains("created");
      Path events = appliance.directory().resolve("events");
      Process watch = kubectl.start(events, "get", "configmaps", "--watch", "-o", "name");
      eventually("the watch has begun", () -> Files.readString(events).contains("configmap/a"));
      kubectl.text("create", "configmap", "watched");
      eventually("the event arrives", () -> Files.readString(events).contains("configmap/watched"));
      watch.destroy();

      assertThat(kubectl.run("auth", "can-i", "get", "pods", "--as=alice").exited(1).out().strip())
          .isEqualTo("no");
      kubectl.text("create", "clusterrolebinding", "alice", "--clusterrole=view", "--user=alice");
      eventually(
          "the role is known",
          () -> kubectl.run("auth", "can-i", "get", "pods", "--as=alice").exit() == 0);
      assertThat(kubectl.run("get", "secrets", "--as=alice").exited(1).err()).contains("Forbidden");
      assertThat(kubectl.text("get", "configmap", "a", "--as=alice", "-o", "jsonpath={.data.b}"))
          .isEqualTo("c");

      // Nothing runs containers here: each is refused by the engine, in its own words.
      kubectl.apply(
          "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web,"
              + " image: web}]}}");
      for (String[] command :
          new String[][] {{"exec", "web", "--", "true"}, {"port-forward", "web", "80"}}) {
        Command.Output refused = kubectl.run(command);
        assertThat(refused.exit()).as(refused.toString()).isNotZero();
        assertThat(refused.err())
            .containsPattern(
                "pod (web )?(does not have a host|is not running)|host|Pending|unable to forward");
      }
    }
  }

  @Test
  @Tag("M12")
  void healsWhenProcessesAreKilled() throws Exception {
    String program = k3s();
    try (var appliance = new Appliance()) {
      configure(appliance, "k3s", program, freePorts());
      appliance.start();
      appliance.identity();
      var kubectl = new Kubectl(appliance);
      kubectl.text("create", "configmap", "a");

      long first = pid(appliance);
      ProcessHandle.of(first).orElseThrow().destroyForcibly();
      eventually("k3s is known to be gone", () -> pidOr(appliance, first) != first);
      appliance.awaitReady();
      assertThat(component(appliance, "k3s").path("restarts").asInt()).isEqualTo(1);
      assertThat(component(appliance, "k3s").path("lastError").asText()).contains("signal 9");
      kubectl.text("get", "configmap", "a");

      long second = pid(appliance);
      appliance.kill();
      eventually("k3s ends with croft", () -> ProcessHandle.of(second).isEmpty());
      appliance.start();
      kubectl.text("get", "configmap", "a");

      // Both, and the shell beside them that would have ended k3s: it is an orphan until the next
      // start.
      long third = pid(appliance);
      ProcessHandle k3s = ProcessHandle.of(third).orElseThrow();
      k3s.parent().orElseThrow().destroyForcibly();
      appliance.kill();
      k3s.destroyForcibly();
      appliance.start();
      kubectl.text("get", "configmap", "a");
      assertThat(appliance.croft("logs", "k3s").run().succeeded().out()).isNotEmpty();
    }
  }

  private static long pidOr(Appliance appliance, long otherwise) {
    try {
      return pid(appliance);
    } catch (IOException | StringIndexOutOfBoundsException e) {
      return otherwise;
    }
  }

  /// With a program that says that it is the next release, and ends.
  @Test
  @Tag("distro-S1")
  void goesBackToTheReleaseBeforeWhenTheNextOneDoesNotGetReady() throws Exception {
    String program = k3s();
    int port = freePorts();
    try (var appliance = new Appliance()) {
      configure(appliance, "k3s", program, port);
      appliance.start();
      appliance.identity();
      String version = Command.of(program, "--version").run().succeeded().out().split("\\s+")[2];
      var kubectl = new Kubectl(appliance);
      kubectl.text("create", "configmap", "a");
      appliance.terminate();
      String next = version.replaceFirst("\\+.*", "+next1");
      Path broken = appliance.directory().resolve("k3s-next");
      Files.writeString(
          broken,
          "#!/bin/sh\n[ \"$1\" != --version ] || exec echo 'k3s version %s'\necho cannot; exit 1\n"
              .formatted(next));
      assertThat(broken.toFile().setExecutable(true)).isTrue();
      configure(appliance, "k3s", broken.toString(), port);

      appliance.start();

      kubectl.text("get", "configmap", "a");
      assertThat(component(appliance, "k3s").path("lastError").asText())
          .contains("k3s " + next + " did not get ready", version + " runs");
      try (var snapshots = Files.list(appliance.dataDirectory().resolve("snapshots"))) {
        assertThat(snapshots.map(s -> s.getFileName().toString()))
            .anyMatch(name -> name.startsWith("before-k3s-" + next));
      }
    }
  }

  /// `CROFT_K3S_NEXT` names the release after that of `CROFT_K3S`.
  @Test
  @Tag("distro-S1")
  void goesOnWithTheNextRelease() throws Exception {
    String program = k3s();
    String next = System.getenv().getOrDefault("CROFT_K3S_NEXT", "");
    Assumptions.assumeFalse(next.isEmpty(), "CROFT_K3S_NEXT names no k3s");
    int port = freePorts();
    try (var appliance = new Appliance()) {
      configure(appliance, "k3s", program, port);
      appliance.start();
      appliance.identity();
      var kubectl = new Kubectl(appliance);
      kubectl.text("create", "configmap", "a");
      appliance.terminate();
      configure(appliance, "k3s", next, port);

      appliance.start();

      kubectl.text("get", "configmap", "a");
      assertThat(component(appliance, "k3s").path("lastError").asText()).isEmpty();
      assertThat(Files.readString(appliance.dataDirectory().resolve("k3s/bin/releases.json")))
          .contains("previous");
    }
  }
}
