package io.croft.engine.k3s;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.croft.base.ComponentState;
import io.croft.base.ComponentStatus;
import io.croft.base.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With programs that say that they are k3s, and a kubelet that is well but for one release.
class K3sAgentTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final String BAD = "v1.34.3+k3s1";

  @TempDir Path root;
  private HttpServer kubelet;
  private K3sAgent agent;
  private volatile Optional<K3sAgent.Access> access = access("1");
  private volatile URI url = URI.create("https://site.example:8443");

  @BeforeEach
  void start() throws IOException {
    kubelet = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
    kubelet.createContext(
        "/healthz",
        exchange -> {
          exchange.sendResponseHeaders(lives() ? 200 : 500, -1);
          exchange.close();
        });
    kubelet.start();
    Files.createDirectory(root.resolve("logs"));
    Files.createDirectory(root.resolve("run"));
    var health =
        URI.create("http://127.0.0.1:%d/healthz".formatted(kubelet.getAddress().getPort()));
    var source =
        new K3sSource(Optional.empty(), List.of(), root.resolve("nothing"), Optional.empty());
    agent =
        new K3sAgent(
            new K3sAgent.Config(
                directory(), root.resolve("logs"), root.resolve("run"), "edge-1", source, health),
            new K3sAgent.Server() {
              @Override
              public URI url() {
                return url;
              }

              @Override
              public Optional<K3sAgent.Access> access() {
                return access;
              }
            },
            InstantSource.system(),
            Duration.ofSeconds(3));
    agent.start();
  }

  private static Optional<K3sAgent.Access> access(String generation) {
    return Optional.of(new K3sAgent.Access("K10aa::node:edge-1.1.1.x", generation));
  }

  @AfterEach
  void end() {
    agent.close();
    kubelet.stop(0);
  }

  private Path directory() {
    return root.resolve("k3s");
  }

  /// @param body what it does as an agent
  private void provide(String version, String body) throws IOException {
    Files.createDirectories(directory());
    Path part = root.resolve("part");
    Files.writeString(
        part,
        """
        #!/bin/sh
        [ "$1" = --version ] && { echo "k3s version %s (test)"; exit; }
        echo "%1$s $*" >> %s
        echo $$ > %s
        %s
        """
            .formatted(version, root.resolve("calls"), root.resolve("pid"), body));
    Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.move(part, K3sAgent.provided(directory()), StandardCopyOption.REPLACE_EXISTING);
  }

  /// A program that ends was not well before.
  private boolean lives() throws IOException {
    Path pid = root.resolve("pid");
    String text = Files.exists(pid) ? Files.readString(pid).strip() : "";
    return !text.isEmpty()
        && !lastCall().startsWith(BAD)
        && ProcessHandle.of(Long.parseLong(text)).isPresent();
  }

  private String lastCall() throws IOException {
    Path calls = root.resolve("calls");
    return Files.exists(calls) ? Files.readAllLines(calls).getLast() : "";
  }

  private int calls() {
    try {
      return Files.readAllLines(root.resolve("calls")).size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean runs() {
    return agent.status().map(ComponentStatus::state).equals(Optional.of(ComponentState.RUNNING));
  }

  private boolean runs(String version) {
    try {
      return runs() && lastCall().startsWith(version + " ");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      Thread.sleep(50);
    }
  }

  @Test
  void runsWhatIsProvidedWhileItIs() throws Exception {
    assertThat(agent.status()).isEmpty();
    provide("v1.34.1+k3s1", "exec sleep 600");
    await(this::runs);

    Path secret = directory().resolve("agent-token");
    assertThat(lastCall())
        .isEqualTo(
            "v1.34.1+k3s1 agent --config=%1$s/config.yaml --data-dir=%1$s --server=https://site.example:8443 --token-file=%2$s --node-name=edge-1"
                .formatted(directory(), secret));
    assertThat(secret).content().isEqualTo("K10aa::node:edge-1.1.1.x\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
        .isEqualTo("rw-------");
    assertThat(directory().resolve("host-before")).exists();

    Files.delete(K3sAgent.provided(directory()));
    await(() -> agent.status().isEmpty());
  }

  @Test
  void takesAnotherReleaseAndGoesBackWhenThatDoesNotRun() throws Exception {
    provide("v1.34.1+k3s1", "exec sleep 600");
    await(() -> runs("v1.34.1+k3s1"));
    provide("v1.34.2+k3s1", "exec sleep 600");
    await(() -> runs("v1.34.2+k3s1"));

    provide(BAD, "exit 7");
    await(() -> runs("v1.34.2+k3s1") && !agent.status().orElseThrow().lastError().isEmpty());
    assertThat(agent.status().orElseThrow().lastError())
        .contains(BAD + " did not get ready")
        .endsWith("v1.34.2+k3s1 runs");
  }

  @Test
  void goesWhereTheApplianceIs() throws Exception {
    provide("v1.34.1+k3s1", "exec sleep 600");
    await(this::runs);
    url = URI.create("https://other.example:8443");
    await(() -> {
      try {
        return runs() && lastCall().contains("--server=https://other.example:8443");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  @Test
  void beginsAnewWithOtherAuthoritiesAndEndsWithTheEngine() throws Exception {
    provide("v1.34.1+k3s1", "exec sleep 600");
    await(() -> runs() && Files.exists(directory().resolve("running")));
    assertThat(directory().resolve("running"))
        .content()
        .isEqualTo(Sha256.hex(Files.readAllBytes(K3sAgent.provided(directory()))) + "\n");
    int calls = calls();
    access = access("2");
    await(() -> runs() && calls() == calls + 1);

    access = Optional.empty();
    await(() -> agent.status().isEmpty());
    await(() -> !Files.exists(directory().resolve("running")));
  }

  @Test
  void runsNothingForAnotherEngine() throws Exception {
    access = Optional.empty();
    provide("v1.34.1+k3s1", "exec sleep 600");
    // Long enough for three looks.
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (System.nanoTime() < end) {
      assertThat(agent.status()).isEmpty();
      Thread.sleep(100);
    }
    assertThat(root.resolve("calls")).doesNotExist();
  }
}
